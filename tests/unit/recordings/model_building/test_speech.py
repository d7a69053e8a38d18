"""Kokoro's speech: who speaks, how it is kept, when each sound is heard, what is cut out of it."""

import numpy as np
import pytest

from recordings.kokoro.installed import Installation
from recordings.kokoro.phonemes import phonemes
from recordings.model_building import speech
from recordings.model_building.alignment import LEAD_S, NO_WORD, STRESS_S, align
from recordings.model_building.errors import HeldOutVoiceError, NoCorpusError, ShardError
from recordings.model_building.human_corpus import make_parts
from recordings.model_building.ipa import spelled_sounds
from recordings.model_building.phones import SILENCE, SOUND_ID
from recordings.model_building.pieces import piece
from recordings.model_building.shards import (
    SHARD_RATE,
    UNIT_S,
    Utterance,
    WordSigns,
    read_shard,
    shards_in,
    write_shard,
)
from recordings.model_building.speakers import HELD_OUT_STYLES, Speakers, training_speakers
from recordings.model_building.speech import make_shards, spell
from recordings.model_building.texts import Texts, spoken_words
from recordings.model_building.vocabulary import load_vocabulary

NAMES = ("af_heart", "bm_lewis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi")


def voices(folder):
    (folder / "voices").mkdir()
    for number, name in enumerate(NAMES):
        np.full((510, 256), float(10**number), np.float32).tofile(folder / "voices" / f"{name}.bin")
    return Installation(folder)


def utterance(said, lengths, *, quiet=(), words=("x",)):
    """Noise from 0.4 s on, silent in the stretches of `quiet`; lengths of the pause, the signs, the pause in units."""
    spelled = spell_signs(said)
    seconds = sum(lengths) * UNIT_S
    samples = np.random.default_rng(1).integers(-8000, 8000, int(seconds * SHARD_RATE)).astype(np.int16)
    for start, end in quiet:
        samples[int(start * SHARD_RATE) : int(end * SHARD_RATE)] = 0
    places = [place for place, sign in enumerate(said) if sign != " "]
    return Utterance(
        samples, np.array(lengths, np.uint8), list(words), said, places, spelled, "hf_alpha", 1.0, "phrase"
    )


def spell_signs(said):
    words, start = [], 0
    for word in said.split(" "):
        words.append(WordSigns(start, [tuple(one) for one in spelled_sounds(word)]))
        start += len(word) + 1
    return words


# --- speakers


def test_a_voice_kept_for_the_tests_cannot_be_drawn(tmp_path):
    installation = voices(tmp_path)
    speakers = training_speakers(installation)
    drawn = [speakers.draw(np.random.default_rng(seed)) for seed in range(300)]
    assert not any(held in person.name for person in drawn for held in HELD_OUT_STYLES)
    apart = {10.0 ** NAMES.index(name) for name in HELD_OUT_STYLES}
    assert not any(apart & set(np.unique(person.style)) for person in drawn)
    # The value of each voice is another power of ten: a share of a held-out one would show.
    assert max(float(person.style.max()) for person in drawn) <= 10.0 ** NAMES.index("hm_omega")
    mixed = {part.split("*")[-1] for person in drawn for part in person.name.replace("|", "+").split("+")}
    assert mixed == set(NAMES) - set(HELD_OUT_STYLES)


@pytest.mark.parametrize("name", HELD_OUT_STYLES)
def test_a_voice_kept_for_the_tests_is_refused(name):
    with pytest.raises(HeldOutVoiceError, match=name):
        Speakers({"hf_alpha": np.zeros((510, 256), np.float32), name: np.zeros((510, 256), np.float32)})


# --- texts


def test_texts_of_every_kind_have_as_many_words_as_are_spoken():
    texts = Texts(load_vocabulary(), spoken_words())
    drawn = [texts.draw(np.random.default_rng(seed)) for seed in range(200)]
    assert {text.kind for text in drawn} == {"phrase", "random", "wide", "one", "list", "pseudo"}
    assert all(sum(map(len, text.phrases)) == len(text.words) for text in drawn)


def test_spelling_keeps_each_word_where_it_is_said():
    said, words = spell([["पानी", "चाहिए"], ["bank"]], [True, True])
    assert said == "pˈaːni cˈaːhɪˌeː, bˈæŋk"
    assert [said[start:][:2] for start, _ in words] == ["pˈ", "cˈ", "bˈ"]
    assert [sound for sound, _, _ in words[1].sounds] == ["c", "a:", "H", "I", "j", "e:"]


def test_every_word_can_be_spelled():
    for first in range(0, len(spoken_words()), 150):
        assert spell([spoken_words()[first : first + 150]], [False])


# --- shards


def test_a_shard_is_read_as_it_was_written(tmp_path):
    both = [utterance("pa", [8, 4, 4, 8]), utterance("ki la", [8, 4, 4, 4, 4, 8], words=("x", "y"))]
    write_shard(tmp_path / "a.npz", both)
    again = read_shard(tmp_path / "a.npz")
    for before, after in zip(both, again, strict=True):
        assert np.array_equal(before.samples, after.samples)
        assert np.array_equal(before.units, after.units)
        assert (before.said, before.places, before.spelled) == (after.said, after.places, after.spelled)


def test_a_shard_whose_files_do_not_belong_together_is_refused(tmp_path):
    write_shard(tmp_path / "a.npz", [utterance("pa", [8, 4, 4, 8])])
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(ShardError, match="0 texts for 1 sounds"):
        read_shard(tmp_path / "a.npz")
    (tmp_path / "a.json").unlink()
    with pytest.raises(ShardError, match="delete it"):
        read_shard(tmp_path / "a.npz")


# --- alignment


def starts(aligned):
    return {one.sound: float(one.start) for one in aligned if one.sound != SILENCE}


def test_a_sound_is_heard_before_its_length_says():
    aligned = align(utterance("sanɛ", [16, 8, 8, 8, 8, 16], quiet=[(0, 0.4 - LEAD_S), (1.15, 1.6)]))
    times = starts(aligned)
    assert times["s"] == pytest.approx(0.4 - LEAD_S, abs=0.011)  # by level
    assert times["n"] == pytest.approx(0.8 - LEAD_S)
    assert aligned[0][:2] == (SILENCE, 0.0)
    assert [one.end for one in aligned[:-1]] == [one.start for one in aligned[1:]]


def test_a_stress_mark_begins_its_sound_later():
    aligned = align(utterance("sˈɪnʊ", [16, 8, 4, 4, 8, 8, 16]))
    assert starts(aligned)["I"] == pytest.approx(0.6 - LEAD_S + STRESS_S)
    assert starts(aligned)["n"] == pytest.approx(0.8 - LEAD_S)


def test_the_end_is_found_by_level_and_not_by_length():
    aligned = align(utterance("sa", [16, 8, 40, 2], quiet=[(0, 0.3), (0.9, 1.7)]))
    assert aligned[-1].sound == SILENCE
    assert aligned[-1].start == pytest.approx(0.9, abs=0.011)


def test_a_pause_between_words_is_one_only_if_it_is_heard():
    lengths = [16, 8, 8, 8, 8, 16]
    joined = align(utterance("sa na", lengths, words=("x", "y")))
    parted = align(utterance("sa na", lengths, words=("x", "y"), quiet=[(0.6, 0.72)]))
    assert [one.sound for one in joined] == [SILENCE, "s", "E:", "n", "E:", SILENCE]
    assert [one.sound for one in parted] == [SILENCE, "s", "E:", SILENCE, "n", "E:", SILENCE]
    assert parted[3].start == pytest.approx(0.6, abs=0.011)
    assert parted[3].end == pytest.approx(0.72, abs=0.011)


def test_the_closure_of_a_stop_is_its_own_and_no_pause():
    aligned = align(utterance("sa ka", [16, 8, 8, 8, 8, 16], words=("x", "y"), quiet=[(0.66, 0.74)]))
    assert [one.sound for one in aligned] == [SILENCE, "s", "E:", "k", "E:", SILENCE]


def test_a_sound_without_a_sign_takes_a_little_of_its_neighbours():
    aligned = align(utterance("sɪna", [16, 8, 8, 8, 8, 16]))
    assert [one.sound for one in aligned] == [SILENCE, "s", "I", "n", "E:", SILENCE]
    linked = align(utterance("sɪa", [16, 8, 8, 8, 16]))
    assert [one.sound for one in linked] == [SILENCE, "s", "I", "j", "E:", SILENCE]
    assert linked[3].end - linked[3].start == pytest.approx(0.03)


# --- pieces


def test_pieces_are_whole_words_with_their_sounds():
    whole = utterance("sa na la", [16, 8, 8, 8, 8, 8, 8, 16], words=("x", "y", "z"), quiet=[(0, 0.33)])
    aligned = align(whole)
    seen = set()
    for seed in range(60):
        cut = piece(whole.samples, aligned, np.random.default_rng(seed))
        sounds = tuple(sound for sound, _ in cut.starts if sound != SILENCE)
        seen.add(sounds)
        times = [start for _, start in cut.starts]
        assert times == sorted(times)
        assert times[0] == 0.0
        assert times[-1] <= len(cut.wave)
        assert all(sound in SOUND_ID for sound, _ in cut.starts)
    assert seen == {
        ("s", "E:"), ("n", "E:"), ("l", "E:"), ("s", "E:", "n", "E:"), ("n", "E:", "l", "E:"),
        ("s", "E:", "n", "E:", "l", "E:"),
    }  # fmt: skip


def test_a_piece_begins_where_its_first_sound_does():
    """The second word is noise between silences: its label must begin with the noise."""
    whole = utterance("sa na", [16, 8, 8, 8, 8, 16], words=("x", "y"), quiet=[(0, 0.3), (0.5, 0.72), (1.1, 1.6)])
    aligned = align(whole)
    assert [one.word for one in aligned] == [NO_WORD, 0, 0, NO_WORD, 1, 1, NO_WORD]
    for seed in range(20):
        cut = piece(whole.samples, aligned, np.random.default_rng(seed))
        start = next(start for sound, start in cut.starts if sound != SILENCE)
        loud = np.flatnonzero(np.abs(cut.wave) > 1000)
        assert abs(loud[0] - start) < 0.02 * 8000


# --- reading


def test_what_espeak_joins_is_not_read(monkeypatch):
    monkeypatch.setattr(speech, "phonemes", lambda text, voice: "ek")
    assert spell([["एक", "दो"]], [False]) is None
    monkeypatch.setattr(speech, "phonemes", lambda text, voice: "eʘ")
    assert spell([["एक"]], [False]) is None


def test_a_change_of_language_leaves_no_sign():
    assert spell([["मुझे", "bank"]], [False]) is not None
    assert phonemes("bank", "hi") == "bˈaŋk"


# --- going on where it was stopped


def test_what_is_there_is_not_made_again(tmp_path):
    """Neither the voice nor the telephone is needed: there is nothing to do."""
    speech_files, parts = tmp_path / "speech", tmp_path / "corpus"
    speech_files.mkdir()
    parts.mkdir()
    for number in range(2):
        write_shard(speech_files / f"speech-{number:04}.npz", [utterance("pa", [8, 4, 4, 8])])
        (parts / f"part-speech-{number:04}.npz").touch()
    said = []
    make_shards(speech_files, 2, Installation(tmp_path / "nowhere"), 1, said.append)
    make_parts(speech_files, parts, 1, said.append)
    assert said == []


def test_a_shard_that_was_not_finished_counts_for_nothing(tmp_path):
    write_shard(tmp_path / "speech-0000.npz", [utterance("pa", [8, 4, 4, 8])])
    (tmp_path / "speech-0000.npz").rename(tmp_path / "unfinished-speech-0000.npz")
    assert shards_in(tmp_path) == []
    with pytest.raises(NoCorpusError, match="run the step speech first"):
        make_parts(tmp_path, tmp_path / "corpus", 1, print)
