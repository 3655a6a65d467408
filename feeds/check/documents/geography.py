"""Places on the earth: GeoRSS (Simple and GML), W3C Basic Geo, ICBM."""

from feeds.check.documents.grammar import Spec
from feeds.check.documents.values import ANY, DECIMAL, INTEGER, Kind, between, is_amount, is_decimal

LATITUDE, LONGITUDE = between(-90, 90), between(-180, 180)


def _is_point(text: str) -> bool:
    parts = text.split()
    return len(parts) == 2 and LATITUDE.test(parts[0]) and LONGITUDE.test(parts[1])


def _points(least: int) -> Kind:
    """``least`` points or more, as GeoRSS Simple writes lines and areas."""

    def test(text: str) -> bool:
        parts = text.split()
        pairs = [" ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
        return len(pairs) >= least and all(map(_is_point, pairs))

    return Kind("number", f"{least} or more pairs of a latitude and a longitude", test)


def _numbers(least: int) -> Kind:
    """``least`` numbers or more: a coordinate system of GML has axes of its own."""
    return Kind(
        "number",
        f"{least} or more numbers",
        lambda text: len(text.split()) >= least and all(map(is_decimal, text.split())),
    )


def _gml(*children: tuple[str, Spec]) -> Spec:
    return Spec(ANY, children=dict(children), section="GeoRSS GML", loose=True)


_POINT = Kind("number", "a latitude and a longitude", _is_point)
_AMOUNT = Kind("number", "a number from 0 on", is_amount)
_TEXT = Spec(ANY)
_POS = Spec(_numbers(2), section="GeoRSS GML", loose=True)
_LIST = Spec(_numbers(4), section="GeoRSS GML", loose=True)
GML = {
    "Point": _gml(("pos", _POS)),
    "LineString": _gml(("posList", _LIST)),
    "Polygon": _gml(("exterior", _gml(("LinearRing", _gml(("posList", _LIST)))))),
    "Envelope": _gml(("lowerCorner", _POS), ("upperCorner", _POS)),
}
GEORSS = {
    "point": Spec(_POINT, section="GeoRSS Simple", loose=True),
    "line": Spec(_points(2), section="GeoRSS Simple", loose=True),
    "polygon": Spec(_points(4), section="GeoRSS Simple", loose=True),
    "box": Spec(_points(2), section="GeoRSS Simple", loose=True),
    "circle": _TEXT,
    "elev": Spec(DECIMAL, loose=True),
    "floor": Spec(INTEGER, loose=True),
    "radius": Spec(_AMOUNT, loose=True),
    "where": Spec(ANY, section="GeoRSS GML", loose=True),
    "featurename": _TEXT,
    "featuretypetag": _TEXT,
    "relationshiptag": _TEXT,
    "featureName": _TEXT,
    "featureTypeTag": _TEXT,
    "relationshipTag": _TEXT,
}
_LAT = Spec(LATITUDE, section="W3C Basic Geo")
_LONG = Spec(LONGITUDE, section="W3C Basic Geo")
BASIC = {
    "lat": _LAT,
    "long": _LONG,
    "alt": Spec(DECIMAL, section="W3C Basic Geo"),
    "Point": Spec(
        children={"lat": _LAT, "long": _LONG, "alt": Spec(DECIMAL)},
        section="W3C Basic Geo",
        loose=True,
    ),
}
ICBM = {
    "latitude": Spec(LATITUDE, section="ICBM module"),
    "longitude": Spec(LONGITUDE, section="ICBM module"),
}
