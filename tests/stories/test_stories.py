"""Plays every story in this folder."""

from pathlib import Path

import pytest

from tests.passage.corridor import corridor_in
from tests.stories.story import PEOPLE, Stage, settings_of

STORIES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
async def test_it_happens_as_written(file, tmp_path, installation):
    audience = settings_of(file, "the audience of the V1 mount") or "lms"
    extra = settings_of(file, "further mounts")
    async with corridor_in(
        tmp_path, installation, policy=settings_of(file), extra=extra, audience=audience
    ) as corridor:
        await Stage(corridor).play(file)
        heard = corridor.cloud.everything + corridor.content.everything
        for person in PEOPLE.values():
            for text in person.texts:
                if len(text) > 3:
                    assert text.encode() not in heard


def test_no_story_is_forgotten():
    assert len(STORIES) >= 20
