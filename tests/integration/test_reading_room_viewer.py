"""What a doctor does to a film with mouse and fingers: a real browser, the real reading room, the real cascade."""

import re
import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.films import dicom, pixels
from tests.integration.reading_room import SAMPLES, Fingers, doctor, needs_browser

pytestmark = needs_browser

DRAWN_WITHIN_S = 15

SCALE = "document.querySelector('#pane-main .over > g').transform.baseVal[0].matrix.a"
"""JavaScript: CSS pixels to a pixel of the film."""


def _linear(grey, centre, width):
    """Source: DICOM PS3.3, C.11.2.1.2.1, with an output of 0 to 255."""
    share = (grey.astype(float) - (centre - 0.5)) / (width - 1) + 0.5
    return np.floor(np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)


def _open(ada, film=SAMPLES / "normal.png"):
    ada.add(film)
    ada.open()
    box = ada.page.locator("#pane-main").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _pixels(page, x, y, size):
    """A square about a point of the page, as it is on the screen: size x size x 3."""
    _painted(page)
    clip = {"x": x - size / 2, "y": y - size / 2, "width": size, "height": size}
    return np.asarray(Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)


def _about(percent):
    """The film's size beside it, but for rounding."""
    return re.compile("|".join(rf"^{round(percent) + off} %" for off in (-1, 0, 1)))


def _reading(ada):
    """Percent of the film's size, centre and width of the window, as they stand beside the film."""
    found = re.search(r"(\d+) % · C (\d+) W (\d+)", ada.page.locator("#reading-main").text_content())
    return tuple(map(int, found.groups()))


def _drag(page, *places, button="left"):
    page.mouse.move(*places[0])
    page.mouse.down(button=button)
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up(button=button)
    _painted(page)


def _until(page, true):
    """Wait for an expression. The browser library would evaluate a string in the page, which is forbidden there."""
    end = time.monotonic() + DRAWN_WITHIN_S
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        page.wait_for_timeout(50)


def _painted(page):
    """What was asked for is drawn at the next frame, and on the screen by the one after it."""
    page.evaluate("new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")


def test_a_film_opens_with_a_window_of_its_own_chest_and_one_key_shows_it_as_it_was_sent(ada):
    _open(ada)
    found = {}
    for key in "8567":
        ada.press(key)
        expect(ada.page.get_by_test_id(f"window-{int(key) - 4}")).to_have_attribute("aria-pressed", "true")
        found[key] = _reading(ada)[1:]
    ada.press("z")
    expect(ada.page.get_by_test_id("window-1")).to_have_attribute("aria-pressed", "true")

    black = {key: centre - width / 2 for key, (centre, width) in found.items()}
    assert found["8"] == (128, 256)
    assert found["6"][1] < found["5"][1] < 256
    assert black["6"] == black["5"] < black["7"]


@pytest.mark.parametrize("keys", ["8", "7", "7i"])
def test_a_window_shows_every_gray_value_as_the_arithmetic_has_it(ada, keys):
    x, y = _open(ada)
    sent = ada.context.request.get(ada.room.url + ada.state()["pixels"]["url"]).body()
    film = np.asarray(Image.open(BytesIO(sent)))
    for key in ("9", "Shift+H", "v", *keys):
        ada.press(key)
    expect(ada.page.get_by_test_id(f"window-{int(keys[0]) - 4}")).to_have_attribute("aria-pressed", "true")
    expect(ada.page.get_by_test_id("invert")).to_have_attribute("aria-pressed", str("i" in keys).lower())
    expect(ada.page.locator("#reading-main")).to_contain_text("100 %")
    window = _reading(ada)[1:]

    seen = _pixels(ada.page, x, y, 300)

    assert np.ptp(seen) > 50
    assert (seen == seen[:, :, :1]).all()
    box = ada.page.locator("#pane-main").bounding_box()
    left = round((box["width"] - film.shape[1]) / 2) - round(x - 150 - box["x"])
    top = round((box["height"] - film.shape[0]) / 2) - round(y - 150 - box["y"])
    expected = _linear(film[-top : 300 - top, -left : 300 - left], *window)
    assert (seen[:, :, 0] == (255 - expected if "i" in keys else expected)).all()


def test_one_finger_sets_the_window_and_leaves_the_film_where_it_is(ada):
    x, y = _open(ada)
    ada.press("8")
    expect(ada.page.locator("#reading-main")).to_contain_text("C 128 W 256")
    zoom, _, _ = _reading(ada)
    fingers = Fingers(ada.page)

    fingers.down((x, y))
    for step in range(1, 11):
        fingers.move((x + 10 * step, y + 8 * step))
    fingers.up()

    expect(ada.page.locator("#reading-main")).to_contain_text("C 148 W 281")
    assert _reading(ada)[0] == zoom


def test_two_fingers_zoom_between_them_and_move_and_leave_the_window(ada):
    x, y = _open(ada)
    zoom, *window = _reading(ada)
    fingers = Fingers(ada.page)
    middle = f"""() => new DOMPoint({x}, {y}).matrixTransform(
        document.querySelector("#pane-main .over > g").getScreenCTM().inverse()).toJSON()"""
    before = ada.page.evaluate(middle)

    fingers.down((x - 50, y))
    fingers.down((x - 50, y), (x + 50, y))
    for step in range(1, 11):
        fingers.move((x - 50 - 5 * step, y), (x + 50 + 5 * step, y))
    expect(ada.page.locator("#reading-main")).to_contain_text(_about(2 * zoom))
    after = ada.page.evaluate(middle)
    for step in range(1, 11):
        fingers.move((x - 100 + 3 * step, y + 4 * step), (x + 100 + 3 * step, y + 4 * step))
    fingers.up()

    assert abs(after["x"] - before["x"]) < 1 and abs(after["y"] - before["y"]) < 1
    assert _reading(ada)[1:] == tuple(window)
    scale = _reading(ada)[0] / 100
    _until(ada.page, f"Math.abs(({middle})().x - {before['x'] - 30 / scale}) < 2")
    assert abs(ada.page.evaluate(middle)["y"] - (before["y"] - 40 / scale)) < 2


def test_the_wheel_zooms_at_the_pointer_and_the_middle_button_moves(ada):
    x, y = _open(ada)
    at = f"""() => new DOMPoint({x + 90}, {y - 70}).matrixTransform(
        document.querySelector("#pane-main .over > g").getScreenCTM().inverse()).toJSON()"""
    zoom, before = _reading(ada)[0], ada.page.evaluate(at)

    ada.page.mouse.move(x + 90, y - 70)
    for _ in range(5):
        ada.page.mouse.wheel(0, -100)
    _until(ada.page, f"parseInt(document.getElementById('reading-main').textContent) > {1.9 * zoom}")
    after = ada.page.evaluate(at)
    _drag(ada.page, (x, y), (x + 40, y), button="middle")
    moved = ada.page.evaluate(at)

    assert abs(after["x"] - before["x"]) < 1 and abs(after["y"] - before["y"]) < 1
    assert abs((after["x"] - moved["x"]) * _reading(ada)[0] / 100 - 40) < 1


def test_a_box_is_resized_by_its_corner_moved_by_its_edge_and_deleted_when_chosen(ada, room):
    x, y = _open(ada)
    ada.press("b")
    _drag(ada.page, (x - 60, y - 60), (x, y))
    ada.press("b")
    _drag(ada.page, (x + 60, y + 60), (x + 120, y + 120))
    _drag(ada.page, (x, y), (x + 30, y + 10))  # the first one's corner
    _drag(ada.page, (x - 20, y - 60), (x - 20, y - 80))  # its upper edge
    ada.page.mouse.click(x + 90, y + 60)  # chooses the second
    ada.press("Delete")
    expect(ada.page.get_by_test_id("shape-finding")).to_have_count(1)
    ada.press("2")
    ada.press("Enter")
    ada.saved()

    (shape,) = room.opinions()[-1].shapes
    (left, top), (right, bottom) = shape["points"]
    scale = _reading(ada)[0] / 100
    assert abs((right - left) * scale - 90) < 2
    assert abs((bottom - top) * scale - 70) < 2


def test_a_lung_that_is_wrong_is_pulled_right_by_a_finger(ada, room):
    _open(ada)
    ada.press("l")
    paths = ada.page.locator("#pane-main .open .lung path:last-child")
    expect(paths).to_have_count(2)
    was, lung = paths.first.get_attribute("d"), paths.first.bounding_box()
    (from_x, from_y), (to_x, to_y) = paths.first.evaluate(
        """(path) => [0.4, 0.5].map((share) => {
            const { x, y } = path.getPointAtLength(share * path.getTotalLength()).matrixTransform(path.getScreenCTM());
            return [x, y];
        })"""
    )
    inside = (lung["x"] + lung["width"] / 2, lung["y"] + lung["height"] / 2)
    fingers = Fingers(ada.page)
    fingers.down((from_x, from_y))
    for share in np.linspace(0.1, 1, 9):
        fingers.move((from_x + share * (inside[0] - from_x), from_y + share * (inside[1] - from_y)))
    for share in np.linspace(0.1, 1, 9):
        fingers.move((inside[0] + share * (to_x - inside[0]), inside[1] + share * (to_y - inside[1])))
    fingers.up()
    expect(paths.first).not_to_have_attribute("d", was)
    ada.press("Enter")
    ada.saved()

    opinion = room.opinions()[-1]
    assert opinion.lungs == "wrong"
    assert [shape["kind"] for shape in opinion.shapes] == ["lung", "lung"]


def test_two_films_are_zoomed_once_together_and_apart_when_they_are_parted(ada):
    _open(ada)
    for key in ("Shift+H", "v", "Shift+I"):
        ada.press(key)
    ada.page.locator("#pane-beside canvas").wait_for()
    zoom = ada.page.evaluate(SCALE)
    ada.press("+")
    _until(ada.page, f"{SCALE} > {1.1 * zoom}")
    assert abs(ada.page.evaluate(SCALE) / zoom - 1.2) < 1e-6
    main, beside = _middles(ada, lambda main, beside: (main == 255 - beside).all())
    ada.press("y")
    ada.press("+")
    _until(ada.page, f"{SCALE} > {1.4 * zoom}")
    _middles(ada, lambda larger, same: (same == beside).all() and (larger != main).any())


def _middles(ada, shown):
    """The middles of both panes, as soon as they show it: a pane fetches its film first."""
    boxes = [ada.page.locator(pane).bounding_box() for pane in ("#pane-main", "#pane-beside")]
    middles = [(each["x"] + each["width"] / 2, each["y"] + each["height"] / 2) for each in boxes]
    end = time.monotonic() + DRAWN_WITHIN_S
    while not shown(*(found := [_pixels(ada.page, *middle, 200) for middle in middles])):
        assert time.monotonic() < end, found
        ada.page.wait_for_timeout(50)
    return found


def test_a_length_is_in_millimetres_and_the_heart_that_is_drawn_is_set_against_the_models_lungs(ada):
    x, y = _open(ada, SAMPLES / "film.dcm")
    measured = ada.page.get_by_test_id("measured")
    ada.press("9")
    expect(ada.page.locator("#reading-main")).to_contain_text("100 %")
    ada.press("q")
    _drag(ada.page, (x - 60, y), (x + 40, y))
    expect(measured).to_contain_text("Length 1: 100 mm")
    expect(measured).to_contain_text("magnification is not corrected")
    ada.press("k")
    ada.page.mouse.click(x - 30, y + 40)  # both ends, without a drag
    ada.page.mouse.click(x + 50, y + 60)

    expect(measured).to_contain_text(
        re.compile(r"ratio 0\.\d\d: heart 80 mm \(drawn by you\), chest \d{3} mm \(the models. lungs\)")
    )
    expect(measured).not_to_contain_text("only on a PA film")
    ada.press("k")
    expect(measured).not_to_contain_text("ratio")
    ada.press("Delete")
    expect(measured).to_be_hidden()


def _keys(ada, *presses):
    for key, times in presses:
        for _ in range(times):
            ada.press(key)


def test_arrow_keys_measure_what_the_mouse_measures_and_leave_film_and_window_alone(ada, room):
    x, y = _open(ada, SAMPLES / "film.dcm")
    measured, notice = ada.page.get_by_test_id("measured"), ada.page.get_by_test_id("notice")
    ada.press("9")
    expect(ada.page.locator("#reading-main")).to_contain_text("100 %")
    seen, address = _reading(ada), ada.page.url
    ada.press("q")
    _drag(ada.page, (x - 60, y), (x + 40, y))
    expect(measured).to_contain_text("Length 1: 100 mm")

    ada.page.get_by_test_id("ruler").press("Enter")
    expect(ada.page.locator("#drawing")).to_contain_text("arrow keys (Shift: faster) and Enter")
    _keys(ada, ("Shift+ArrowLeft", 5), ("ArrowLeft", 10), ("Enter", 1))
    expect(notice).to_contain_text("One end is set")
    _keys(ada, ("Shift+ArrowRight", 10))
    expect(notice).to_have_text("100 mm")
    _keys(ada, ("Enter", 1))
    expect(measured).to_contain_text("Length 2: 100 mm")
    expect(ada.page.locator("#drawing")).to_be_hidden()

    ada.press("k")
    ada.page.mouse.click(x - 30, y + 40)
    ada.page.mouse.click(x + 50, y + 60)
    expect(measured).to_contain_text("heart 80 mm (drawn by you)")
    by_mouse = re.search(r"Cardiothoracic[^)]*\)[^)]*\)", measured.text_content())[0]
    _keys(ada, ("k", 2), ("Shift+ArrowLeft", 3), ("Shift+ArrowDown", 4), ("Enter", 1))
    _keys(ada, ("Shift+ArrowRight", 8), ("Shift+ArrowDown", 2), ("Enter", 1))
    expect(measured).to_contain_text(by_mouse)

    assert (_reading(ada), ada.page.url, room.opinions()) == (seen, address, [])
    _keys(ada, ("q", 1), ("ArrowUp", 1), ("Escape", 1), ("ArrowUp", 1))
    expect(ada.page.locator("#reading-main")).not_to_contain_text(f"C {seen[1]} ")


def test_a_point_that_arrow_keys_move_stays_on_the_film_and_the_film_follows_it(ada):
    _open(ada)
    ada.press("9")
    _keys(ada, ("+", 8))
    expect(ada.page.locator("#reading-main")).to_contain_text(re.compile(r"4\d\d %"))
    ada.press("q")
    _keys(ada, ("Shift+ArrowLeft", 5), ("Enter", 1), ("Shift+ArrowLeft", 300))
    _painted(ada.page)
    edge = ada.page.evaluate("document.querySelector('#pane-main .over > g').transform.baseVal[0].matrix.e")
    assert edge >= -1, "the film's left edge has come into sight"
    _keys(ada, ("Enter", 1))
    width = ada.state()["pixels"]["columns"]
    found = re.search(r"Length 1: (\d+) px", ada.page.get_by_test_id("measured").text_content())
    assert abs(int(found[1]) - (width / 2 - 50 / 4.3)) < 3


def test_the_picture_is_there_before_the_viewer_and_where_the_viewer_then_draws_it(ada):
    _open(ada)
    held = []

    def hold(route):
        held.append(route)

    ada.page.route("**/radiograph.png", hold)
    ada.page.reload(wait_until="domcontentloaded")
    ada.page.locator("#heat-classes button").first.wait_for()
    first = ada.page.locator("#first")
    before, size = first.bounding_box(), ada.state()["pixels"]
    assert [first.get_attribute(name) for name in ("width", "height")] == [
        str(size[each]) for each in ("columns", "rows")
    ]
    assert held and ada.page.locator("#film[data-ready]").count() == 0
    for route in held:
        route.continue_()
    ada.wait_film()
    _painted(ada.page)

    assert ada.page.locator("#pane-main").bounding_box() == before
    expect(first).to_be_hidden()


def test_without_javascript_the_film_itself_is_seen(browser, room, ada):
    _open(ada)
    path = ada.page.url
    with doctor(browser, room, "ada", java_script_enabled=False) as plain:
        plain.page.goto(path)
        expect(plain.page.locator("noscript p")).to_be_visible()  # by its text the library finds no noscript
        film = plain.page.get_by_alt_text("The film")
        box = film.bounding_box()
        assert box["width"] > 1200 and box["height"] > 400
        seen = np.asarray(Image.open(BytesIO(film.screenshot())).convert("L")).astype(int)
        assert np.ptp(seen[:, seen.shape[1] // 3 : -seen.shape[1] // 3]) > 100  # a frame without it is black


def test_a_film_without_a_spacing_is_measured_in_pixels(ada):
    x, y = _open(ada)
    ada.press("9")
    expect(ada.page.locator("#reading-main")).to_contain_text("100 %")
    ada.press("q")
    _drag(ada.page, (x, y - 20), (x, y + 30))
    expect(ada.page.get_by_test_id("measured")).to_contain_text("Length 1: 50 px")


def test_one_film_is_read_on_a_telephone_by_fingers_alone(browser, room):
    phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
    with doctor(browser, room, "ada", **phone) as ada:
        ada.add(SAMPLES / "pneumonia.jpg")
        ada.page.goto(room.url)
        fits = "document.documentElement.scrollWidth <= innerWidth"
        assert ada.page.evaluate(fits)
        ada.page.locator("#rows a.open").first.tap()
        ada.wait_film()
        assert ada.page.evaluate(fits)
        film = ada.page.locator("#pane-main").bounding_box()
        assert film["width"] == 390 and film["height"] > 400 and film["y"] < 200
        expect(ada.page.locator("[data-action=next]")).to_be_in_viewport()
        ada.page.get_by_test_id("findings").tap()
        ada.page.get_by_test_id("finding-Pneumonia").tap()
        ada.page.get_by_test_id("picker-done").tap()
        expect(ada.page.get_by_test_id("picker")).to_be_hidden()
        ada.page.get_by_test_id("label-1").tap()
        ada.page.get_by_test_id("save").tap()
        ada.saved()

    (opinion,) = room.opinions()
    assert (opinion.label, opinion.findings) == ("interstitial_pneumonia", ["Pneumonia"])


def test_a_dense_screen_shows_the_film_in_its_own_pixels(browser, room):
    with doctor(browser, room, "ada", device_scale_factor=1.5) as ada:
        _open(ada)
        ada.press("9")
        expect(ada.page.locator("#reading-main")).to_contain_text("100 %")
        canvas, shown = ada.page.evaluate(
            """() => { const canvas = document.querySelector("#pane-main canvas");
                       return [canvas.width, canvas.getBoundingClientRect().width]; }"""
        )
        matrix = ada.page.locator("#pane-main .over > g").first.get_attribute("transform")
    assert abs(canvas / shown - 1.5) < 1e-3
    a, b, c, d, e, f = map(float, re.findall(r"-?[\d.]+(?:e-?\d+)?", matrix.removeprefix("matrix")))
    assert (round(a * 1.5, 6), b, c, round(d * 1.5, 6)) == (1, 0, 0, 1)
    assert all(abs(each * 1.5 - round(each * 1.5)) < 1e-6 for each in (e, f))


def test_a_film_whose_pixels_were_not_square_is_drawn_as_the_gateway_made_it(ada):
    film = dicom(pixels(300, 400, bits=12), PixelSpacing=[0.2, 0.1])
    _open(ada, {"name": "oblong.dcm", "mimeType": "", "buffer": film})
    state = ada.state()["pixels"]
    assert (state["rows"], state["columns"], state["spacing_mm"]) == (600, 400, [0.2, 0.1])

    transform = ada.page.locator("#pane-main .over > g").first.get_attribute("transform")

    a, b, c, d, *_ = map(float, re.findall(r"-?[\d.]+(?:e-?\d+)?", transform.removeprefix("matrix")))
    assert (a, b) == (d, c)
