"""Asks cpca or jionlp what the areas of lines are; runs in the environment that has them, with nothing of ours."""

import json
import sys


def cpca(texts: list[str]) -> list[dict[str, str]]:
    """Province, city and district."""
    import cpca as peer

    table = peer.transform(texts)
    rows = zip(table["省"], table["市"], table["区"], strict=True)
    names = ("prov", "city", "district")
    return [
        {label: said if isinstance(said, str) else "" for label, said in zip(names, row, strict=True)} for row in rows
    ]


def jionlp(texts: list[str]) -> list[dict[str, str]]:
    """Province, city, county, town and village."""
    import jionlp as peer

    found = []
    for text in texts:
        try:
            said = peer.parse_location(text, town_village=True)
        except Exception:  # some lines are beyond it
            said = {}
        names = {"prov": "province", "city": "city", "district": "county", "town": "town", "community": "village"}
        found.append({label: said.get(name) or "" for label, name in names.items()})
    return found


if __name__ == "__main__":
    print(json.dumps({"cpca": cpca, "jionlp": jionlp}[sys.argv[1]](json.load(sys.stdin))))
