"""Calls about tags: four operations for each of six resources, all alike."""

import rustici_software_cloud_v2 as sc

from tests.clients.scene import Step


def steps(noun, parameter, identify, kind="tag", people=()):
    """Put, batch, get, delete for one resource. `identify(scene)` gives the id; `people` are in the tags."""
    one, two = people

    def given(scene, *tags):
        return {parameter: identify(scene), "body": sc.TagListSchema(tags=list(tags))}

    def tag(scene, person):
        return scene.planting.tag(kind, person)

    return [
        Step(f"Put{noun}Tags", lambda s: given(s, tag(s, one), "dept-7")),
        Step(
            f"Put{noun}TagsBatch",
            lambda s: {"body": sc.BatchTagsSchema(ids=[identify(s)], tags=[tag(s, two)])},
        ),
        Step(
            f"Get{noun}Tags",
            lambda s: {parameter: identify(s)},
            lambda a, s: {tag(s, one), tag(s, two), "dept-7"} <= set(a.tags),
        ),
        Step(f"Delete{noun}Tags", lambda s: given(s, tag(s, two), "never there")),
        Step(
            f"Get{noun}Tags",
            lambda s: {parameter: identify(s)},
            lambda a, s: tag(s, one) in a.tags and (tag(s, two) == tag(s, one) or tag(s, two) not in a.tags),
        ),
    ]
