"""Try-on of a flat-lay: what it must reach, never touch, and refuse with the fault drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from bench.try_on import photographed, score, ungated
from PIL import Image
from tests.wardrobe import Garment, Pair, Pose, flat_lay, pair
from tests.wardrobe_legs import Trousers, trousers_pair

import sosie.samples
from sosie.adapters.pictures import PillowPictures
from sosie.core.silhouette import person
from sosie.core.studio import Assets, Drawn, Grade, Material, Order, Result
from sosie.core.terms import Alteration
from sosie.core.values import Reason, digest
from sosie.engines.atelier import Atelier, flanks
from sosie.engines.atelier.garment import certain, head
from sosie.engines.atelier.try_on import fit as fitting
from sosie.engines.atelier.try_on import flat_lay as cutting
from sosie.engines.atelier.try_on import gates
from sosie.engines.atelier.try_on.flat_lay import Kind, cut, read, shrunk
from sosie.engines.atelier.try_on.leftover import leftover
from sosie.engines.atelier.try_on.warp import bend, lay, maps

GARMENTS = Path(__file__).parents[2] / "src" / "sosie" / "samples" / "garments"
ORDER = Order(plate="front-half", wear="new")
TANK = Garment("tank", (70, 110, 160), 1.2, neck=(0.48, 0.34))
TEE = Garment("tee", (176, 52, 44), 1.4, 0.34)


@cache
def drawn(kind: str = "tee") -> Pair:
    new = {
        "tee": TEE, "tank": Garment("tank", (34, 110, 80), 1.4, neck=(0.46, 0.34)),
        "long sleeve": Garment("long sleeve", (110, 60, 130), 1.4, 1.0),
        "dress": Garment("dress", (40, 86, 150), 2.7, flare=0.15),
    }[kind]  # fmt: skip
    return pair(1, height=512, old=TANK, new=new, pose=Pose())


@cache
def made(kind: str = "tee") -> Result:
    return run(drawn(kind).assets)


def run(assets: Assets) -> Result:
    return Atelier().run(ORDER, assets, lambda *_: None, lambda: False)


def refused(given: Pair | Assets) -> tuple[Reason, ...]:
    assets = given.assets if isinstance(given, Pair) else given
    return Atelier().check(ORDER, assets)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("tee", Kind.TEE), ("tank", Kind.TANK), ("long-sleeve", Kind.LONG_SLEEVE),
     ("dress", Kind.DRESS)],
)  # fmt: skip
def test_kinds_are_told_without_weights(name: str, kind: Kind) -> None:
    pixels = PillowPictures().decode((GARMENTS / f"{name}.jpg").read_bytes(), where=name)
    found = read(pixels)
    assert found.kind is kind
    assert found.cut.framed
    assert found.neck_seen > 0.5
    left, right = found.sides["l"], found.sides["r"]
    assert abs(left.armpit[1] - right.armpit[1]) < 0.08 * found.chest


def test_a_faint_neckline_counts_where_nothing_else_shows() -> None:
    """On black cloth; not where the cloth itself shows as much."""
    black = flat_lay(Garment("tee", (24, 24, 28), 1.4, 0.34), np.random.default_rng(3))
    assert read(black).neck_seen > gates.LEAST_NECK
    inside = cut(shrunk(black)).mask
    rough = np.random.default_rng(4).normal(0, 1, (90, 68)).astype(np.float32)
    rough = cv2.resize(rough, black.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    shape = cv2.resize(inside.astype(np.uint8), black.shape[1::-1]) > 0
    knit = np.clip(black + 14 * (rough * shape)[..., None], 0, 255).astype(np.uint8)
    assert read(knit).neck_seen < gates.LEAST_NECK


def test_a_speck_of_the_ground_at_a_cuff_is_not_carried_along() -> None:
    laid = shrunk(flat_lay(TEE, np.random.default_rng(3)))
    clean = cut(laid)
    inner = np.argwhere(cv2.erode(clean.mask.astype(np.uint8), np.ones((9, 9))) > 0)
    row, column = inner[inner[:, 1].argmin()]
    near = np.s_[row - 4 : row + 5, column : column + 9]
    specked = laid.copy()
    specked[near] = laid[2, 2]
    off = np.abs(cut(specked).colors[near] - clean.colors[near]).max()
    assert off < 40
    assert np.abs(specked[near].astype(int) - laid[near]).max() > 80  # the control


@pytest.mark.parametrize("kind", ["tee", "tank", "long sleeve", "dress"])
def test_each_kind_comes_near_the_truth(kind: str) -> None:
    assert refused(drawn(kind)) == ()
    found = score(drawn(kind), made(kind))
    assert not found.bad, found


def test_the_score_calls_the_untouched_plate_bad() -> None:
    untouched = replace(made(), pixels=drawn().plate)
    assert score(drawn(), untouched).bad


@pytest.mark.parametrize("kind", ["tee", "tank"])
def test_the_head_is_the_plate_and_changes_are_owned_up_to(kind: str) -> None:
    result, plate = made(kind), drawn(kind).plate
    crown = head(drawn(kind).card, result.alpha.shape)
    assert crown.sum() > 3_000
    assert (result.pixels[crown] == plate[crown]).all()
    differs = (result.pixels != plate).any(axis=2)
    assert differs.sum() > 10_000
    assert not (differs & ~result.changed).any()


def test_the_same_order_gives_the_same_bytes() -> None:
    assert np.array_equal(run(drawn().assets).pixels, made().pixels)
    assert made().recipe["inputs"]["file:new"] == drawn().assets.materials["new"].digest


def test_a_comp_says_so_in_its_pixels() -> None:
    long = pair(1, height=512, old=replace(TANK, fall=1.5), new=replace(TEE, fall=1.3), pose=Pose())
    result = run(long.assets)
    assert result.grade is Grade.COMP
    assert any("below its hem" in text for text in result.warnings)
    assert not score(long, result).bad
    foot = result.pixels[-8:]
    assert (foot == 20).mean() > 0.8
    assert (foot > 200).any()
    assert result.changed[-8:].all()


def test_what_nothing_is_said_of_is_final_and_has_no_band() -> None:
    result = made()
    assert (result.grade, result.warnings) == (Grade.FINAL, ())
    assert (result.pixels[-8:] == drawn().plate[-8:]).all()


def test_a_collar_that_lies_open_is_carried_along_as_a_comp() -> None:
    polo = pair(1, height=512, old=TANK, new=replace(TEE, collar=True), pose=Pose())
    assert refused(polo) == ()
    result = run(polo.assets)
    assert result.grade is Grade.COMP
    assert any("collar" in text for text in result.warnings)
    assert not score(polo, result).bad


@pytest.mark.parametrize(("sleeve", "fall"), [(1.0, 1.35), (1.0, 1.9), (0.35, 1.4)])
def test_sleeves_that_lie_on_the_body_are_told_and_leak_with_the_gates_off(
    sleeve: float, fall: float
) -> None:
    new = Garment("sleeved", (34, 110, 80), fall, sleeve)
    flat = flat_lay(new, np.random.default_rng(3), tucked=True)
    tucked = replace(pair(1, height=512, old=TANK, new=new, pose=Pose()), flat=flat)
    assert "engine.try_on_sleeves" in {reason.code for reason in refused(tucked)}
    leaked = ungated(Atelier(), tucked).score
    assert leaked is not None
    assert leaked.bad


def test_a_white_top_before_a_light_wall_keeps_its_outline() -> None:
    white = replace(TANK, color=(236, 236, 232))
    light = pair(9, height=512, old=white, new=replace(TEE, color=(40, 86, 150)))
    known = certain(light.card, light.worn.shape)
    found = person(light.plate, known)
    trunk = flanks.trunk(light.plate, light.card, found)
    assert trunk is not None
    missed = (light.worn & ~found.mask).sum() / light.worn.sum()
    rest = (light.worn & ~(trunk | person(light.plate, known | trunk).mask)).sum()
    assert missed > 0.04  # the control: pixel by pixel the wall eats into it
    assert rest / light.worn.sum() < 0.01
    assert refused(light) == ()
    result = run(light.assets)
    assert any("like the backdrop" in text for text in result.warnings)
    assert not score(light, result).bad


def test_a_top_that_differs_from_the_wall_is_not_looked_for_anew() -> None:
    plain = drawn()
    found = person(plain.plate, certain(plain.card, plain.worn.shape))
    assert flanks.trunk(plain.plate, plain.card, found) is None


def test_the_old_color_is_found_where_it_stayed_and_nowhere_else() -> None:
    plate = np.full((200, 160, 3), 200, np.uint8)
    worn = np.zeros((200, 160), np.float32)
    worn[60:160, 40:120] = 1
    plate[worn > 0] = (40, 90, 160)
    finished = plate.copy()
    finished[worn > 0] = (180, 40, 40)
    nothing = np.zeros(worn.shape, bool)

    def found(garment: np.ndarray, picture: np.ndarray) -> np.ndarray:
        return leftover(
            plate, picture, backdrop=np.full(plate.shape, 200, np.float32), alpha=worn,
            worn=worn, garment=garment, known=nothing, unit=90.0,
        )  # fmt: skip

    assert not found(worn, finished).any()
    garment = worn.copy()
    garment[60:80, 40:60] = 0
    finished[60:80, 40:60] = plate[60:80, 40:60]
    assert found(garment, finished).sum() == 400


def test_trousers_are_put_on_a_whole_figure_as_a_comp() -> None:
    whole = trousers_pair(6, height=512)
    assert refused(whole) == ()
    result = run(whole.assets)
    assert result.grade is Grade.COMP
    assert not score(whole, result).bad
    crown = head(whole.card, result.alpha.shape)
    assert (result.pixels[crown] == whole.plate[crown]).all()


def test_trousers_shorter_than_the_worn_ones_are_refused() -> None:
    short = trousers_pair(6, height=512, new=Trousers((176, 52, 44), 0.015, 0.4))
    assert "engine.try_on_old_garment" in {reason.code for reason in refused(short)}


OTHERS = {
    "skirt": [(280, 250), (488, 250), (560, 800), (208, 800)],
    "straight skirt": [(280, 250), (488, 250), (500, 800), (268, 800)],
    "trousers": [(280, 120), (488, 120), (540, 920), (410, 920), (384, 380), (358, 920),
                 (228, 920)],
    "shorts": [(260, 250), (508, 250), (570, 650), (400, 650), (384, 500), (368, 650), (198, 650)],
    "scarf": [(330, 80), (438, 80), (438, 950), (330, 950)],
    "strapless top": [(230, 300), (384, 330), (538, 300), (540, 850), (228, 850)],
    "one-shouldered top": [(250, 200), (330, 190), (560, 420), (560, 850), (208, 850), (208, 380)],
    "hooded top": [(300, 120), (384, 80), (468, 120), (470, 240), (560, 280), (720, 700),
                   (620, 730), (560, 480), (560, 850), (208, 850), (208, 480), (148, 730),
                   (48, 700), (208, 280), (298, 240)],
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_the_engine_cannot_try_on_here_is_refused_by_its_shape(kind: str) -> None:
    flat = np.full((1024, 768, 3), 236, np.uint8)
    cv2.fillPoly(flat, [np.array(OTHERS[kind], np.int32)], (60, 90, 140))
    given = replace(drawn().assets, materials={"new": Material(b"", digest(flat.tobytes()), flat)})
    codes = {reason.code for reason in refused(given)}
    wanted = {"landmarks", "neckline", "neck", "lopsided"}
    assert codes & {f"engine.try_on_{code}" for code in wanted}


def _on_ground(garment: Garment, **wishes: object) -> Assets:
    flat = flat_lay(garment, np.random.default_rng(3), **wishes)  # type: ignore[arg-type]
    return replace(drawn().assets, materials={"new": Material(b"", digest(flat.tobytes()), flat)})


@pytest.mark.parametrize(
    ("code", "assets"),
    [
        ("engine.try_on_pose", lambda: pair(2, height=512, old=TANK, new=TEE,
                                            pose=Pose(hand_on_hip=True)).assets),
        ("engine.try_on_framed", lambda: _on_ground(TEE, cut_off=True)),
        ("engine.try_on_skin", lambda: pair(2, height=512, old=replace(TEE, fall=1.2),
                                            new=replace(TANK, fall=1.3), pose=Pose()).assets),
    ],
)  # fmt: skip
def test_what_cannot_look_right_is_refused_with_the_fault_drawn(code: str, assets: object) -> None:
    given = assets()  # type: ignore[operator]
    reasons = refused(given)
    assert code in {reason.code for reason in reasons}
    first = reasons[0]
    assert isinstance(first, Drawn)
    assert first.picture is not None
    assert first.picture.shape == given.pixels.shape
    assert (first.picture != given.pixels).any()
    with pytest.raises(ValueError, match=r".+"):
        run(given)


def test_a_garment_like_its_ground_is_refused() -> None:
    reasons = refused(_on_ground(TEE, ground=(178, 54, 46)))
    assert any(reason.code.startswith("engine.try_on_") for reason in reasons)


def test_what_an_order_lacks_is_said() -> None:
    none = replace(drawn().assets, materials={})
    assert {reason.code for reason in refused(none)} == {"engine.file"}
    both = ORDER.model_copy(update={"garment_colour": "#7a1220"})
    codes = {reason.code for reason in Atelier().check(both, drawn().assets)}
    assert "engine.operation" in codes
    assert Alteration.GARMENT in Atelier().describe().operations


def test_a_mesh_that_is_only_turned_is_not_torn() -> None:
    mask = np.zeros((120, 160), bool)
    mask[20:100, 30:130] = True
    rest, corners = lay(mask, 10)
    start = np.array([[30.0, 20.0], [130.0, 20.0], [130.0, 100.0], [30.0, 100.0]])
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    mesh = bend(rest, corners, start, start @ turn.T + 20, np.ones(4), slender=1.0)
    stretch, turned = mesh.stretch()
    assert stretch.max() < 1.01
    assert not turned.any()
    assert np.allclose(mesh.moved, rest @ turn.T + 20, atol=0.5)
    across, down = maps(mesh, (200, 240), np.arange(len(corners)))
    shown = cv2.remap(mask.astype(np.float32), across, down, cv2.INTER_LINEAR)
    assert abs(shown.sum() - mask.sum()) < 0.02 * mask.sum()


def _gray_rim(name: str) -> float:
    """Return the share of a cut, from 2 to 4 pixels within its outline, that has the hue of the
    ground, not of the cloth."""
    path = Path(sosie.samples.__file__).parent / "garments" / f"{name}.jpg"
    small = cutting.shrunk(PillowPictures().decode(path.read_bytes(), where=name))
    mask = cutting.cut(small).mask.astype(np.uint8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    rim = (depth > 2) & (depth <= 4)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float((np.hypot(lab[..., 1], lab[..., 2])[rim] < 6).mean())


def test_a_hard_shadow_is_not_cut_out_with_the_garment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _gray_rim("dress") < 0.15
    monkeypatch.setattr(cutting, "_RIBBON", 10**9)  # the control
    assert _gray_rim("dress") > 0.3


def blurred(flat: np.ndarray, by: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(flat, (0, 0), by))


def smaller(flat: np.ndarray, by: float) -> np.ndarray:
    return np.asarray(cv2.resize(flat, None, fx=by, fy=by, interpolation=cv2.INTER_AREA))


def shaded(flat: np.ndarray, to: float) -> np.ndarray:
    """Return the flat-lay in light that falls from the left to the right to a share."""
    return np.asarray((flat * np.linspace(1, to, flat.shape[1])[:, None]), np.uint8)


SPOILED: dict[str, tuple[Callable[..., np.ndarray], float, float, str]] = {
    "blurred": (blurred, 8, 3.5, "blurred"),
    "small": (smaller, 0.13, 0.25, "each pixel"),
    "light": (shaded, 0.5, 0.82, "the light falls"),
}
"""By what a flat-lay is spoiled, how much is refused, how much makes a comp, and a word of it."""


@pytest.mark.parametrize("code", SPOILED)
@pytest.mark.parametrize("seed", [905, 910])
def test_a_poor_photograph_of_a_flat_lay_is_a_comp_and_a_worse_one_is_refused(
    seed: int, code: str
) -> None:
    spoil, much, little, word = SPOILED[code]
    good = pair(seed, height=640)
    assert run(good.assets).grade is Grade.FINAL
    worse = replace(good, flat=spoil(good.flat, much))
    assert f"engine.try_on_{code}" in {reason.code for reason in refused(worse)}
    poor = replace(good, flat=spoil(good.flat, little))
    assert refused(poor) == ()
    result = run(poor.assets)
    assert result.grade is Grade.COMP
    assert any(word in text for text in result.warnings)


def test_the_hem_of_a_worn_top_is_found_far_below_what_hangs_with_it() -> None:
    """Its hem lies over a third of the trunk below where the top as it was found ends: were it not
    found, a strip of the old top would be seen below the new one."""
    assert refused(pair(192, height=640)) == ()


def test_photographs_of_ones_own_are_counted_and_their_pictures_kept(tmp_path: Path) -> None:
    good = pair(905, height=640)
    people, made = tmp_path / "people", tmp_path / "made"
    people.mkdir()
    Image.fromarray(good.plate).save(people / "one.png")
    (people / "one.json").write_text(good.card.model_dump_json(by_alias=True), encoding="utf-8")
    flats = [tmp_path / "sharp.png", tmp_path / "blurred.png"]
    for path, flat in zip(flats, (good.flat, blurred(good.flat, 8)), strict=True):
        Image.fromarray(flat).save(path)
    found = photographed(people, flats, made)
    assert (found["pairs"], found["final"], found["refused"]) == (2, 1, 1)
    assert found["engine.try_on_blurred"] == 1
    assert {path.name for path in made.iterdir()} == {
        "one-sharp-final.png", "one-blurred-refused.png",
    }  # fmt: skip


def test_a_top_hides_hips_that_are_wider_than_where_their_landmarks_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = pair(905, height=640, old=TANK, new=Garment("tee", (40, 86, 150), 1.6, 0.35))
    points = {name: at for name, at in drawn.card.landmarks.items() if at}
    inward = round(0.3 * (points["shoulder_r"][0] - points["shoulder_l"][0]))
    for name, way in (("hip_l", inward), ("hip_r", -inward)):
        points[name] = (points[name][0] + way, points[name][1])
    wrong = replace(drawn, card=drawn.card.model_copy(update={"landmarks": points}))
    assert refused(wrong) == ()
    result = run(wrong.assets)
    assert not score(wrong, result).bad
    assert result.metrics["beside"] < 0.006
    # The control: as the landmarks say alone, her skirt stands out beside it.
    monkeypatch.setattr(fitting, "_WIDER", 0)
    assert "engine.try_on_beside" in {reason.code for reason in refused(wrong)}
