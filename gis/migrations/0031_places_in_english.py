from django.db import migrations

# What rows are found by, before and since estates, marks, grounds and areas are found by their English names, too.
ADDRESS = "province city district street community road number estate block unit room name aliases same_as_id"
WATCHED = {
    "addresses": ("spatial_address", ADDRESS, f"{ADDRESS} estate_en name_en"),
    "landuse": ("spatial_landuse", "name", "name name_en"),
    "areas": ("spatial_area", "name level", "name level name_en"),
}
EVENTS = {
    "place_due": "INSERT ON {} REFERENCING NEW TABLE AS new_rows",
    "place_due_update": "UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "place_due_delete": "DELETE ON {} REFERENCING OLD TABLE AS old_rows",
}


def triggers(layer, table, columns):
    """The triggers of a table anew."""
    said = ", ".join(f"r.{column}" for column in columns.split())
    for name, event in EVENTS.items():
        yield f"DROP TRIGGER {name} ON {table}"
        yield (
            f"CREATE TRIGGER {name} AFTER {event.format(table)} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION spatial_place_due('{layer}', '{said}')"
        )


def statements():
    """The triggers, and the rows that have an English name already."""
    for layer, (table, _, columns) in WATCHED.items():
        yield from triggers(layer, table, columns)
        english = ", ".join(f"r.{column}" for column in columns.split() if column.endswith("_en"))
        yield (
            f"INSERT INTO spatial_placedue (layer, \"row\") SELECT '{layer}', r.id FROM {table} r"
            f" WHERE concat({english}) <> '' ON CONFLICT DO NOTHING"
        )


def undone():
    """The triggers as they were."""
    for layer, (table, columns, _) in WATCHED.items():
        yield from triggers(layer, table, columns)


class Migration(migrations.Migration):
    dependencies = [
        ("spatial", "0030_named_buildings"),
    ]

    operations = [
        migrations.RunSQL(list(statements()), list(undone())),
    ]
