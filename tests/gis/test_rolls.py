"""People's data: encrypted at rest, read with a purpose, logged and masked."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Invalid, NotAllowed
from gis.models import Building, Roll, RollReading, Room
from gis.rolls import mask, read_roll


@pytest.fixture
def room(db) -> Room:
    footprint = MultiPolygon(Polygon.from_bbox((121.49, 31.23, 121.50, 31.24)), srid=4490)
    building = Building.objects.create(name="测试楼", geom=footprint)
    room = Room.objects.create(building=building, number="501", geom=Point(121.495, 31.235, srid=4490))
    Roll.objects.create(room=room, name="测试甲", identity="110101199001011234", phone="13800000000", relation="户主")
    return room


@pytest.fixture
def reader(db) -> User:
    user = User.objects.create_user("reader")
    user.user_permissions.add(Permission.objects.get(codename="read_roll"))
    return User.objects.get(pk=user.pk)


def test_nothing_readable_lies_in_the_table(room):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM spatial_roll")
        raw = b" ".join(bytes(cell) for row in cursor for cell in row if isinstance(cell, bytes | memoryview))
    assert raw
    for secret in ("测试甲", "110101199001011234", "13800000000"):
        assert secret.encode() not in raw


def test_a_reading_is_masked_and_logged(room, reader):
    (person,) = read_roll(room, reader, "独居老人走访")
    assert (person.name, person.identity, person.phone) == ("测**", "110*************34", "138******00")
    entry = RollReading.objects.get()
    assert (entry.reader, entry.room, entry.purpose) == (reader, room, "独居老人走访")


def test_without_a_purpose_there_is_no_reading(room, reader):
    with pytest.raises(Invalid, match="目的"):
        read_roll(room, reader, "  ")
    assert not RollReading.objects.exists()


def test_without_permission_there_is_no_reading(room):
    with pytest.raises(NotAllowed):
        read_roll(room, User.objects.create_user("curious"), "看看")


def test_a_lost_key_is_said_and_not_shown_as_nonsense(room, settings):
    settings.FIELD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    with pytest.raises(Invalid, match="密钥不匹配"):
        Roll.objects.get()


@given(st.text(max_size=30), st.integers(0, 4), st.integers(0, 4))
def test_a_mask_keeps_the_length_and_at_most_head_and_tail(text, head, tail):
    masked = mask(text, head, tail)
    assert len(masked) == len(text)
    hidden = masked[head : len(text) - tail] if len(text) > head + tail else masked
    assert set(hidden) <= {"*"}
