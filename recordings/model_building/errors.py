"""Errors of building a model.

ModelBuildingError
├── VocabularyError     lists and phrases do not fit together
├── VoiceDataError      espeak-ng's data is not found, or has too many voices
├── SpeechError         espeak-ng is missing or does not know a voice
├── UnknownSoundError   espeak-ng spoke a sound that is not in the table
├── UnheardWordError    a word was never heard
├── NoCorpusError       nothing to train on
├── ShardError          a file of speech cannot be read
├── HeldOutVoiceError   a voice of the tests would be trained on
├── NoTrialsError       a set of trials is missing or damaged
├── NoTrialVoiceError   a voice of the trials is not installed
└── NoModelError        a folder holds no model for Vosk
"""

from router.errors import UserError


class ModelBuildingError(UserError):
    """The reason, with what to do about it."""


class VocabularyError(ModelBuildingError):
    """The lists and the phrases do not fit together."""


class VoiceDataError(ModelBuildingError):
    """espeak-ng's data is not where it usually is, or has too many voices."""


class SpeechError(ModelBuildingError):
    """espeak-ng is missing or does not know a voice."""


class UnknownSoundError(ModelBuildingError):
    """espeak-ng spoke a sound that is not in the table."""


class UnheardWordError(ModelBuildingError):
    """A word was never heard."""


class NoCorpusError(ModelBuildingError):
    """There is nothing to train on."""


class ShardError(ModelBuildingError):
    """A file of speech cannot be read."""


class HeldOutVoiceError(ModelBuildingError):
    """A voice that is kept for the tests would be trained on."""


class NoModelError(ModelBuildingError):
    """A folder holds no model for Vosk."""


class NoTrialsError(ModelBuildingError):
    """A set of trials is missing or damaged."""


class NoTrialVoiceError(ModelBuildingError):
    """A voice of the trials is not installed."""
