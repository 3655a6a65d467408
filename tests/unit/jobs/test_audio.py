"""Who is asked, when, and what may become audio: pure decisions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.jobs.audio.allowing import Refusal, permission
from feeds.jobs.audio.deciding import (
    Errand,
    Order,
    There,
    asked_now,
    due,
    errands,
    fingerprint,
    held_until,
    wanted_of,
)
from feeds.jobs.audio.pruning import Limits, goners
from feeds.jobs.audio.status import State, status
from feeds.licences import redistributable
from feeds.model import AudioChoice, AudioSettings, PodcastSettings, Publication, Recording, Talk
from feeds.recordings import (
    BREAKING,
    PERMANENT,
    Answer,
    Asked,
    AudioFile,
    Facts,
    OnDisk,
    Outcome,
    Sidecar,
    Transcript,
    read,
    write,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID = "J7h0F34iBx0"
ON = Publication(
    "T", "tag:example.org,2026:t", "https://example.org/", audio=AudioSettings(download=True)
)
LATER = sorted(set(Outcome) - PERMANENT - {Outcome.OK, Outcome.NO_JS, Outcome.DISK_FULL})


def talk(**changes: object) -> Talk:
    """A talk whose audio may be made where the publication wants it."""
    made = Talk(
        id="tag:example.org,2026:t/a",
        slug="a",
        title="A",
        date=date(2017, 12, 7),
        published=datetime(2017, 12, 7, tzinfo=UTC),
        updated=datetime(2017, 12, 7, tzinfo=UTC),
        language="en",
        recording=Recording(ID),
        license="CC-BY-4.0",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


ALL = Order()
MARK = fingerprint([talk()], cookies=False)


def todo(
    *talks: Talk,
    sidecar: Sidecar | None = None,
    there: bool = True,
    order: Order = ALL,
    now: datetime = NOW,
    publication: Publication = ON,
    missing: tuple[str, ...] = (),
    cookies: bool = False,
) -> tuple[Errand, ...]:
    known = {sidecar.youtube_id: sidecar} if sidecar else {}
    shelf = There(lambda _one: there, lambda name: name not in missing)
    return errands(publication, talks or (talk(),), known, shelf, order, now, cookies=cookies)


def made(**changes: object) -> Sidecar:
    """A recording that is done."""
    wanted = wanted_of(ON, talk(), Facts("x"), lambda _talk, _facts: ())
    audio = AudioFile("a.m4a", 10, "audio/mp4", 1.0, wanted.made_from, talk_id=talk().id)
    ok = Asked(Outcome.OK, NOW, wanted=MARK)
    found = Sidecar(ID, Facts("x"), ok, audio, asked_subtitles=ok, asked_thumbnail=ok)
    return replace(found, **changes)  # type: ignore[arg-type]


# May it become audio?


@pytest.mark.parametrize(
    ("publication", "changes", "refusal"),
    [
        (ON, {}, None),
        (ON, {"recording": None}, Refusal.NO_RECORDING),
        (ON, {"draft": True}, Refusal.DRAFT),
        (ON, {"withdrawn": True}, Refusal.DRAFT),
        (ON, {"license": ""}, Refusal.NO_LICENSE),
        (ON, {"license": "CC-BY-ND-4.0"}, Refusal.LICENSE),
        (ON, {"license": "Standard YouTube License"}, Refusal.LICENSE),
        (ON, {"audio": AudioChoice(enabled=False)}, Refusal.OFF),
        (ON, {"audio": AudioChoice(download=False)}, Refusal.OFF),
        (replace(ON, audio=AudioSettings()), {}, Refusal.OFF),
        (replace(ON, audio=AudioSettings()), {"audio": AudioChoice(download=True)}, None),
        (
            replace(ON, audio=AudioSettings()),
            {"audio": AudioChoice(download=True), "license": ""},
            Refusal.NO_LICENSE,
        ),
        (replace(ON, podcast=PodcastSettings(private=True)), {"license": ""}, None),
        (
            replace(ON, podcast=PodcastSettings(private=True), audio=AudioSettings()),
            {},
            Refusal.OFF,
        ),
    ],
)
def test_audio_needs_somebody_who_wants_it_and_somebody_who_may(
    publication: Publication, changes: dict[str, object], refusal: Refusal | None
) -> None:
    found = permission(publication, talk(**changes))
    assert found.refusal is refusal
    assert bool(found.reason) == (refusal is not None)


@given(license=st.text(max_size=40), facts=st.text(max_size=60))
def test_no_licence_that_is_not_in_the_table_lets_anything_through(
    license: str, facts: str
) -> None:
    told = Sidecar(ID, Facts("x", license=facts))
    one = talk(license=license)
    (errand,) = todo(one, sidecar=told) or (None,)
    assert (errand is not None and errand.audio) == redistributable(one)


# When is somebody asked?


def test_a_new_recording_is_asked_for_whole() -> None:
    (errand,) = todo()
    assert errand.facts
    assert errand.audio
    assert errand.subtitles
    assert errand.thumbnail


def test_facts_alone_are_asked_for_where_audio_is_not_allowed() -> None:
    (errand,) = todo(talk(license=""))
    assert (errand.facts, errand.audio, errand.subtitles) == (True, False, False)
    (errand,) = todo(order=Order(metadata_only=True))
    assert (errand.facts, errand.audio, errand.thumbnail) == (True, False, False)


def test_what_is_known_and_made_is_not_asked_for() -> None:
    assert todo(sidecar=made()) == ()
    assert todo(talk(license=""), sidecar=Sidecar(ID, Facts("x"))) == ()


def test_a_file_that_is_gone_is_made_again_but_not_one_that_was_pruned() -> None:
    assert todo(sidecar=made(), there=False)[0].audio
    pruned = made(audio=None, pruned=NOW)
    assert todo(sidecar=pruned, there=False) == ()
    assert todo(sidecar=pruned, there=False, order=Order(slugs=("a",)))[0].audio


def test_a_new_title_needs_new_tags_and_another_format_a_new_file() -> None:
    (errand,) = todo(talk(title="B"), sidecar=made())
    assert (errand.retag, errand.asks) == (True, False)
    (errand,) = todo(talk(audio=AudioChoice(format="mp3")), sidecar=made())
    assert (errand.retag, errand.audio) == (False, True)


def test_what_has_not_ended_is_looked_at_again() -> None:
    live = made(facts=Facts("x", live_status="is_live"), audio=None)
    (errand,) = todo(talk(license=""), sidecar=live)
    assert errand.facts


def test_a_talk_that_may_speaks_for_a_recording_that_two_share() -> None:
    first, second = talk(license="", slug="x", id="tag:x"), talk()
    (errand,) = todo(first, second)
    assert errand.talk == second
    assert errand.talks == (first, second)


@pytest.mark.parametrize("outcome", sorted(PERMANENT))
def test_a_no_for_good_is_asked_again_only_when_the_entry_changes(outcome: Outcome) -> None:
    answer = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
    sidecar = Sidecar(ID, asked=answer)
    assert todo(sidecar=sidecar, now=NOW + timedelta(days=999)) == ()
    assert todo(sidecar=sidecar, order=Order(again=True))
    assert todo(talk(updated=NOW), sidecar=sidecar)
    assert todo(talk(audio=AudioChoice(start_s=1.0)), sidecar=sidecar)
    assert todo(talk(title="Another"), sidecar=sidecar) == ()
    assert due(answer, fingerprint([talk()], cookies=True), NOW)


@pytest.mark.parametrize("outcome", LATER)
def test_a_no_for_now_is_asked_again_after_its_pause(outcome: Outcome) -> None:
    answer = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
    assert answer.not_before is not None
    assert not due(answer, MARK, answer.not_before - timedelta(seconds=1))
    assert due(answer, MARK, answer.not_before)
    assert due(answer, "other", NOW) is False


@pytest.mark.parametrize("outcome", [Outcome.NO_JS, Outcome.DISK_FULL])
def test_our_own_troubles_are_tried_again_at_once(outcome: Outcome) -> None:
    assert due(asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5), MARK, NOW)


@given(
    outcome=st.sampled_from(LATER),
    tries=st.integers(1, 60),
    chance=st.floats(0, 1, exclude_max=True),
    retry_after_s=st.none() | st.floats(0, 10**12),
)
def test_pauses_double_spread_end_at_two_weeks_and_honour_retry_after(
    outcome: Outcome, tries: int, chance: float, retry_after_s: float | None
) -> None:
    before = Asked(outcome, NOW, tries=tries)
    found = asked_now(Answer(outcome, "no", retry_after_s), before, MARK, NOW, chance)
    assert found.tries == tries + 1
    assert found.not_before is not None
    pause = found.not_before - NOW
    least = min(retry_after_s or 0, 30 * 86_400)
    assert timedelta(seconds=int(least)) <= pause
    assert pause <= max(timedelta(days=14 * 1.25), timedelta(seconds=least))
    plain = asked_now(Answer(outcome, "no"), Asked(outcome, NOW, tries=1), MARK, NOW, 0.5)
    first = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
    assert plain.not_before is not None
    assert first.not_before is not None
    assert plain.not_before - NOW == 2 * (first.not_before - NOW)


def test_another_answer_begins_its_pauses_anew() -> None:
    before = Asked(Outcome.NETWORK, NOW, tries=7)
    assert asked_now(Answer(Outcome.UNKNOWN), before, MARK, NOW, 0.5).tries == 1


@pytest.mark.parametrize("outcome", sorted(BREAKING))
def test_a_door_that_was_shut_stays_shut_in_the_next_run(outcome: Outcome) -> None:
    answer = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
    sidecar = Sidecar("x", asked=answer)
    assert held_until([Sidecar("y"), sidecar], NOW) == answer.not_before
    assert held_until([sidecar], NOW + timedelta(days=3)) is None
    assert not due(answer, MARK, NOW, again=True)


def test_cookies_that_are_new_open_the_door_that_asked_for_a_robot() -> None:
    """YouTube limits everybody's rate, with cookies too."""
    for outcome, opens in ((Outcome.BOT_CHECK, True), (Outcome.RATE_LIMIT, False)):
        answer = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
        sidecar = Sidecar(ID, asked=answer)
        assert (held_until([sidecar], NOW, cookies=True) is None) is opens
        assert bool(todo(sidecar=sidecar, cookies=True)) is opens
        mark = fingerprint([talk()], cookies=True)
        answer = asked_now(Answer(outcome, "no"), None, mark, NOW, 0.5)
        assert held_until([Sidecar(ID, asked=answer)], NOW, cookies=True) == answer.not_before


@pytest.mark.parametrize("outcome", sorted(BREAKING))
def test_who_has_enough_of_subtitles_is_asked_for_recordings_and_pictures(
    outcome: Outcome,
) -> None:
    answer = asked_now(Answer(outcome, "no"), None, MARK, NOW, 0.5)
    other = Sidecar("x", asked_subtitles=answer)
    assert held_until([other], NOW) is None
    for now, due_now in ((NOW, False), (answer.not_before or NOW, True)):
        (errand,) = errands(ON, [talk()], {"x": other}, There(lambda _one: False), ALL, now)
        assert (errand.audio, errand.subtitles, errand.thumbnail) == (True, due_now, True)


def test_a_transcript_or_a_picture_that_is_gone_is_fetched_again() -> None:
    words = (Transcript(f"{ID}.en.vtt", "text/vtt", "en"),)
    (errand,) = todo(sidecar=made(transcripts=words), missing=(f"{ID}.en.vtt",))
    assert (errand.audio, errand.subtitles, errand.thumbnail) == (False, True, False)
    (errand,) = todo(sidecar=made(transcripts=words), missing=(f"{ID}.jpg",))
    assert (errand.audio, errand.subtitles, errand.thumbnail) == (False, False, True)
    assert todo(sidecar=made(transcripts=words)) == ()


def test_one_recording_s_own_no_shuts_no_door() -> None:
    answer = asked_now(Answer(Outcome.NETWORK, "no"), None, MARK, NOW, 0.5)
    assert held_until([Sidecar("x", asked=answer)], NOW) is None


def test_a_sidecar_comes_back_as_it_was_written() -> None:
    answer = asked_now(Answer(Outcome.PRIVATE, "Private video"), None, MARK, NOW, 0.5)
    whole = made(asked=answer, pruned=NOW, asked_subtitles=answer)
    assert read(write(whole), "x") == whole


# What is said of it, and what makes room?


@pytest.mark.parametrize(
    ("sidecar", "one", "there", "state"),
    [
        (None, talk(recording=None), False, State.NO_RECORDING),
        (None, talk(license=""), False, State.NOT_ALLOWED),
        (None, talk(audio=AudioChoice(enabled=False)), False, State.NOT_WANTED),
        (None, talk(), False, State.NOT_ASKED),
        (Sidecar(ID, Facts("x"), Asked(Outcome.OK, NOW)), talk(), False, State.NOT_ASKED),
        (made(), talk(), True, State.READY),
        (made(), talk(), False, State.GONE),
        (made(audio=None, pruned=NOW), talk(), False, State.PRUNED),
        (Sidecar(ID, asked=Asked(Outcome.PRIVATE, NOW, wanted=MARK)), talk(), False, State.REFUSED),
        (Sidecar(ID, asked=Asked(Outcome.PRIVATE, NOW, wanted="x")), talk(), False, State.WAITING),
        (Sidecar(ID, asked=Asked(Outcome.NETWORK, NOW)), talk(), False, State.WAITING),
    ],
)
def test_status_names_the_one_reason(
    sidecar: Sidecar | None, one: Talk, there: bool, state: State
) -> None:
    known = {ID: sidecar} if sidecar else {}
    (found,) = status(ON, [one], known, _fault(there), NOW)
    assert found.state is state
    assert found.reason


def _fault(there: bool) -> Callable[[AudioFile], str]:
    return lambda _audio: "" if there else "is not there"


def test_a_file_of_another_part_is_stale_and_old_tags_are_told() -> None:
    cut = talk(audio=AudioChoice(end_s=50.0))
    (found,) = status(ON, [cut], {ID: made()}, _fault(True), NOW)
    assert (found.state, found.reason) == (
        State.STALE,
        "a.m4a holds the whole recording, not the recording from 0 s to 50 s",
    )
    assert found.remedy == "fetch it again: talkfeeds audio fetch --talk a"
    (found,) = status(ON, [talk(title="New")], {ID: made()}, _fault(True), NOW)
    assert found.state is State.READY
    assert "old tags" in found.reason
    assert "run talkfeeds audio fetch" in found.remedy
    (found,) = status(ON, [talk()], {ID: made()}, _fault(True), NOW)
    assert found.remedy == ""


def test_of_two_talks_with_one_recording_status_says_whose_the_audio_is() -> None:
    mine, theirs = talk(), talk(id="tag:example.org,2026:t/b", slug="b", license="")
    private = replace(ON, podcast=PodcastSettings(private=True))
    found = {
        one.slug: one for one in status(private, [mine, theirs], {ID: made()}, _fault(True), NOW)
    }
    assert [found[slug].state for slug in "ab"] == [State.READY, State.SHARED]
    assert "that of a" in found["b"].reason
    assert "audio: false in a" in found["b"].remedy
    # Made for the other, which may have none any more: this one's is due.
    audio = made().audio
    assert audio is not None
    strange = made(audio=replace(audio, talk_id=theirs.id))
    (one, _) = status(ON, [mine, theirs], {ID: strange}, _fault(True), NOW)
    assert (one.state, one.reason) == (State.STALE, "a.m4a was made for another talk")
    todo_now = todo(mine, theirs, sidecar=made())
    assert not todo_now


def test_audio_that_changes_hands_gets_its_tags_anew() -> None:
    theirs = talk(id="tag:example.org,2026:t/b", slug="b", title="A")
    (errand,) = todo(theirs, sidecar=made())
    assert errand.retag


def test_who_waits_for_another_recordings_sake_is_told_so() -> None:
    shut = Asked(Outcome.BOT_CHECK, NOW, "robot?", not_before=NOW + timedelta(hours=6))
    other = Sidecar("bbbbbbbbbbb", asked=shut)
    (found,) = status(ON, [talk()], {"bbbbbbbbbbb": other}, _fault(True), NOW)
    assert found.state is State.NOT_ASKED
    assert found.not_before == NOW + timedelta(hours=6)
    assert "nobody is asked" in found.remedy


def sample() -> tuple[list[Talk], dict[str, Sidecar], dict[str, OnDisk]]:
    talks, known, files = [], {}, {}
    for number in range(4):
        youtube_id = f"recording-{number}"
        at = NOW - timedelta(days=10 * (4 - number))
        audio = AudioFile(f"{number}.m4a", 100, "audio/mp4", 1.0)
        # All were asked lately, which says nothing of their files.
        known[youtube_id] = Sidecar(youtube_id, asked=Asked(Outcome.OK, NOW), audio=audio)
        files[f"{number}.m4a"] = OnDisk(100, at)
        day = datetime(2017, 12, 1 + number, tzinfo=UTC)
        talks.append(talk(id=f"t{number}", recording=Recording(youtube_id), published=day))
    return talks, known, files


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        (Limits(), set()),
        (Limits(keep=1), {"0.m4a", "1.m4a", "2.m4a"}),
        (Limits(keep=4), set()),
        (Limits(keep=0), {"0.m4a", "1.m4a", "2.m4a", "3.m4a"}),
        (Limits(size_bytes=250), {"0.m4a", "1.m4a"}),
        (Limits(older_than_s=25 * 86_400), {"0.m4a", "1.m4a"}),
        (Limits(keep=3, size_bytes=100), {"0.m4a", "1.m4a", "2.m4a"}),
    ],
)
def test_the_oldest_make_room(limits: Limits, names: set[str]) -> None:
    talks, known, files = sample()
    assert {one.name for one in goners(talks, known, files, limits, NOW)} == names


def test_what_nobody_names_goes_in_any_case() -> None:
    talks, known, files = sample()
    names = (".y.m4a.7.making", "sources/z.140.m4a.part", "x.m4a")
    lost = dict.fromkeys(names, OnDisk(7, NOW))
    found = goners(talks[1:], known, {**files, **lost}, Limits(), NOW)
    assert [(one.name, one.youtube_id) for one in found] == [
        (".y.m4a.7.making", ""),
        ("sources/z.140.m4a.part", ""),
        ("x.m4a", ""),
        ("0.m4a", "recording-0"),
    ]
