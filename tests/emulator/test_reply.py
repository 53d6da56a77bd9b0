from __future__ import annotations

from emulator.reply import BURST_GAP_S, BYTES_PER_SECOND, CHUNK_BYTES, Planned, duration_s, plan


def kinds(planned: Planned) -> list[str]:
    content = planned.message["serverContent"]
    assert isinstance(content, dict)
    return list(content)


def test_audio_comes_in_bursts_faster_than_it_plays() -> None:
    pcm = bytes(BYTES_PER_SECOND * 2)
    planned = list(plan(pcm, None, start=10.0, one_field_per_event=False))
    dues = [one.due for one in planned]
    assert dues == sorted(dues)
    assert dues[:10] == [10.0] * 10
    assert dues[10] == 10.0 + BURST_GAP_S
    assert dues[-1] - 10.0 < duration_s(pcm) / 2


def test_the_transcription_comes_with_the_audio_or_apart_as_the_model_does() -> None:
    pcm = bytes(CHUNK_BYTES + 2)
    together = plan(pcm, "one two three four", start=0, one_field_per_event=False)
    assert [kinds(one) for one in together] == [["modelTurn", "outputTranscription"]] * 2
    apart = plan(pcm, "one two three four", start=0, one_field_per_event=True)
    assert [kinds(one) for one in apart] == [["modelTurn"], ["outputTranscription"]] * 2


def test_words_without_sound_are_still_transcribed() -> None:
    planned = plan(b"", "one two three four", start=0, one_field_per_event=False)
    assert [kinds(one) for one in planned] == [["outputTranscription"]] * 2
