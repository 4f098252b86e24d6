"""Markers: opaque, good for one listing only, and refused when anybody touched them."""

import base64

import pytest

from harness.errors import refusal

INVALID = (400, "ValidationError", "Invalid Marker.")


@pytest.fixture
def listing(server):
    """A server with ten users, tags on one of them, and the marker of the first page of users."""
    for number in range(10):
        server.create_user(f"user{number}", Path="/p/")
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(4)]
    server.ok("TagUser", {"UserName": "user0", "Tags": tags})
    return server


def marker(server, action="ListUsers", **parameters):
    answer = server.ok(action, {"MaxItems": 2, **parameters})
    assert answer.text("IsTruncated") == "true"
    return answer.text("Marker")


def test_a_marker_is_good_again_and_with_another_page_size(listing):
    first = marker(listing, PathPrefix="/p/")
    for size, count in [(1, 1), (3, 3), (1000, 8)]:
        for _ in range(2):
            page = listing.ok("ListUsers", {"Marker": first, "MaxItems": size, "PathPrefix": "/p/"})
            assert page.texts("UserName") == [f"user{number}" for number in range(2, 2 + count)]


def test_every_changed_character_is_noticed(listing):
    good = marker(listing)
    for index, character in enumerate(good):
        changed = good[:index] + ("A" if character != "A" else "B") + good[index + 1 :]
        answer = listing.call("ListUsers", {"Marker": changed})
        # The last character may carry bits that base64 does not use; changed to those it is still refused.
        assert refusal(answer) == INVALID, (index, changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda marker: marker[:-1],
        lambda marker: marker[1:],
        lambda marker: marker + "A",
        lambda marker: marker + "=",
        lambda marker: marker + marker,
        lambda marker: marker.swapcase(),
        lambda marker: "A" * len(marker),
        lambda marker: "user3",
        lambda marker: " ",
        lambda marker: "\u00ff" * 320,
        lambda marker: base64.b64encode(b'{"Marker": null, "boto_truncate_amount": 1}').decode(),
    ],
)
def test_mangled(listing, change):
    assert refusal(listing.call("ListUsers", {"Marker": change(marker(listing))})) == INVALID


def test_of_another_listing(listing):
    users, tags = marker(listing), marker(listing, "ListUserTags", UserName="user0")
    filtered = marker(listing, PathPrefix="/p/")
    rows = [
        ("ListUserTags", {"UserName": "user0", "Marker": users}),
        ("ListAccessKeys", {"UserName": "user0", "Marker": users}),
        ("ListAccountAliases", {"Marker": users}),
        ("ListUsers", {"Marker": tags}),
        ("ListUserTags", {"UserName": "user1", "Marker": tags}),
        ("ListUsers", {"Marker": filtered}),
        ("ListUsers", {"Marker": users, "PathPrefix": "/p/"}),
    ]
    for action, parameters in rows:
        assert refusal(listing.call(action, parameters)) == INVALID, (action, parameters)


def test_of_another_server(listing, launch):
    other = launch()
    for number in range(10):
        other.create_user(f"user{number}")
    assert refusal(listing.call("ListUsers", {"Marker": marker(other)})) == INVALID


def test_it_tells_nothing(listing):
    found = marker(listing)
    padded = found + "=" * (-len(found) % 4)
    for text in (found.encode(), base64.urlsafe_b64decode(padded)):
        assert b"user1" not in text.lower()


def test_it_is_short_enough_to_come_back(server):
    """The model lets no marker in that is longer than 320 characters."""
    for number in range(3):
        server.create_user(f"{number}" + "n" * 63, Path="/" + "p" * 510 + "/")
    found = marker(server, PathPrefix="/" + "p" * 510 + "/")
    assert len(found) <= 320
    rest = server.ok("ListUsers", {"Marker": found, "PathPrefix": "/" + "p" * 510 + "/"})
    assert rest.texts("UserName") == ["2" + "n" * 63]


def test_it_outlives_a_restart(launch, tmp_path):
    server = launch(data=tmp_path / "data")
    for number in range(4):
        server.create_user(f"user{number}", Path="/p/")
    found = marker(server, PathPrefix="/p/")
    server.stop()
    server = launch(data=tmp_path / "data")
    assert server.ok("ListUsers", {"Marker": found, "PathPrefix": "/p/"}).texts("UserName") == ["user2", "user3"]
