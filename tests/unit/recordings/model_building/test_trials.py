"""The sets that models are tried with: what they are made of, how they lie on disk, and the figures."""

import itertools

import numpy as np
import pytest
import soundfile

from recordings.model_building.errors import NoTrialsError
from recordings.model_building.telephone import level_of_speech
from recordings.model_building.trials.report import HELD_OUT, Figure, Target, checks, rate, read_trials
from recordings.model_building.trials.sets import SETS, Mixture, Nsk, grammar, lines_of
from recordings.model_building.trials.sound import CONDITIONS, NOISE_DB, Utterance, over, read_set
from recordings.model_building.trials.voices import _framed_times
from recordings.model_building.vocabulary import load_vocabulary

KEPT = {"hf_beta", "hm_psi"}
EVERY_SET = [(part, one) for part, sets in SETS.items() for one in sets]


def styles(one):
    return {
        name
        for speaker in one.speakers
        if isinstance(speaker, Mixture)
        for name in (*speaker.timbre, *(speaker.prosody or {}))
    }


def test_kept_voices_are_in_the_test_alone():
    assert not {name for one in SETS["dev"] for name in styles(one)} & KEPT
    assert not any(isinstance(speaker, Nsk) for one in SETS["dev"] for speaker in one.speakers)
    assert {name for one in SETS["test"] for name in styles(one)} == KEPT


def test_texts_phrases_of_development_are_not_those_of_the_test():
    for kind in ("phrases", "sentences", "outside"):
        assert not set(lines_of(f"dev/{kind}.txt")) & set(lines_of(f"test/{kind}.txt"))


@pytest.mark.parametrize(("part", "one"), EVERY_SET, ids=lambda value: getattr(value, "name", value))
def test_texts_there_are_enough_and_a_model_of_ours_has_their_words(part, one):
    texts = one.texts(part)
    assert len(texts) >= 25
    words = {word for text in texts for word in text.split()}
    if one.kind in {"phrases", "words"}:
        assert words <= set(load_vocabulary().words)
    if one.kind == "words":
        assert words <= set(grammar())


def test_texts_of_voices_do_not_overlap():
    phrases = [one for one in SETS["test"] if one.kind == "phrases"]
    for one, other in itertools.combinations(phrases, 2):
        assert not set(one.texts("test")) & set(other.texts("test"))


def test_texts_outside_have_enough_left_for_the_vocabulary():
    words = set(load_vocabulary().words)
    assert sum(words.isdisjoint(line.split()) for line in lines_of("test/outside.txt")) >= 60


@pytest.fixture
def sets(tmp_path):
    for voice, texts in {"hf_beta": ["पानी", "दूध"], "hm_psi": ["राशन"]}.items():
        folder = tmp_path / f"{voice}-words"
        folder.mkdir()
        for number in range(len(texts)):
            wave = 0.3 * np.sin(np.arange(8000) * (0.2 + 0.1 * number))
            soundfile.write(folder / f"{number:03}.wav", wave, 8000, subtype="ALAW")
        lines = "".join(f"{number:03}.wav\t{text}\n" for number, text in enumerate(texts))
        (folder / "texts.tsv").write_text(lines, "utf-8")
    return tmp_path


def test_sets_of_the_kept_voices_are_read_as_one(sets):
    tried = read_trials(sets)
    assert {place: [one.words for one in each] for place, each in tried.items()} == {
        (HELD_OUT, "words"): [("पानी",), ("दूध",), ("राशन",)]
    }


def test_set_with_a_lost_file_is_refused(sets):
    (sets / "hf_beta-words" / "001.wav").unlink()
    with pytest.raises(NoTrialsError, match=r"001\.wav"):
        read_set(sets / "hf_beta-words")


def test_set_of_another_rate_is_refused(sets):
    soundfile.write(sets / "hm_psi-words" / "000.wav", np.zeros(100), 16000)
    with pytest.raises(NoTrialsError, match="16000 Hz"):
        read_set(sets / "hm_psi-words")


def test_folder_without_sets_is_refused(tmp_path):
    with pytest.raises(NoTrialsError, match="no sets"):
        read_trials(tmp_path)


def test_noise_is_the_same_each_time_and_as_loud_as_said(sets):
    clean, other = read_set(sets / "hf_beta-words")
    noisy = over(clean, "noisy")
    assert np.array_equal(noisy.samples, over(clean, "noisy").samples)
    noise = noisy.samples.astype(float) - clean.samples
    ratio = 20 * np.log10(level_of_speech(clean.samples.astype(float)) / np.std(noise))
    assert ratio == pytest.approx(NOISE_DB, abs=0.5)
    assert not np.allclose(noise, over(other, "noisy").samples.astype(float) - other.samples)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition_keeps_the_length(condition):
    sound = Utterance("x/0", ("पानी",), (5000 * np.sin(np.arange(4000) / 3)).astype(np.int16))
    assert len(over(sound, condition).samples) == 4000


def test_rate_counts_words_utterances_and_silence():
    said = [["राशन", "चाहिए"], ["पानी"]]
    assert rate("phrases", said, [["राशन"], ["दूध", "पानी"]])[0] == pytest.approx(2 / 3)
    assert rate("words", said[1:], [["पानी"]])[0] == 0
    assert rate("words", said[1:], [["पानी", "पानी"]])[0] == 1
    assert rate("outside", said, [[], ["पानी"]])[0] == 0.5


def test_rate_interval_holds_the_share():
    share, (low, high) = rate("words", [["पानी"]] * 50, [["पानी"]] * 40 + [[]] * 10)
    assert 0.05 < low < share == 0.2 < high < 0.4


def figure(trials, share):
    return Figure("hi", HELD_OUT, trials, "clean", 100, share, (share, share), 0.0)


def test_target_of_outside_is_a_least_and_others_a_most():
    assert Target(HELD_OUT, "outside", "clean", 0.8).is_met(figure("outside", 0.9))
    assert not Target(HELD_OUT, "phrases", "clean", 0.04).is_met(figure("phrases", 0.05))


def test_checks_say_by_how_much_a_target_is_missed():
    lines = list(checks("hi", [figure("phrases", 0.07), figure("outside", 0.85)], speed=30))
    assert lines[0] == "hi: kokoro phrases clean: 7.0%, aim 4%: MISSED by 3.0 points"
    assert lines[1].endswith("met")
    assert lines[2].endswith("MISSED")


WORDS = "#\n0.4986 100 अब\n1.0681 100 भोपाल\n1.5683 100 अब\n"
SOUNDS = "#\n0.4260 100 b\n0.4986 100 a\n{pause}0.6118 100 bh\n1.0681 100 a\n1.3481 100 pau\n1.5683 100 a\n"


@pytest.mark.parametrize(("pause", "start"), [("", 0.4986), ("0.5500 100 pau\n", 0.55)])
def test_word_of_festival_stands_between_those_of_its_frame(pause, start):
    assert _framed_times(WORDS, SOUNDS.format(pause=pause), "अब भोपाल, अब") == (start, 1.0681)


def test_word_of_festival_is_none_where_words_are_missing():
    assert _framed_times(WORDS, SOUNDS.format(pause=""), "अब नया भोपाल, अब") is None
