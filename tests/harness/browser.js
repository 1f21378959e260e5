// What of each page lies outside of where it belongs, or cannot be read, as JSON in place of this page.
const EDGE = 1.5; // pixels that rounding may take
const LEAST_CONTRAST = 3;

const channels = (color) => (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
const isClear = (color) => color === "none" || (channels(color).length > 3 && channels(color)[3] < 0.5);

function light(color) {
  const linear = channels(color).slice(0, 3).map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function ground(window, element) {
  for (let each = element; each; each = each.parentElement) {
    const color = window.getComputedStyle(each).backgroundColor;
    if (!isClear(color)) return color;
  }
  return "rgb(255, 255, 255)";
}

function contrast(window, element) {
  const style = window.getComputedStyle(element);
  const [a, b] = [light(element.closest("svg") ? style.fill : style.color), light(ground(window, element))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

// The nearest part of the page that holds the text: within what scrolls, it may be as wide as it likes.
function holder(element, width, printed) {
  if (!printed && element.closest(".scroll")) return null;
  const part = element.closest("svg") || element.closest("td, th, figure, section, .tile") || element.closest("body");
  const box = part.getBoundingClientRect();
  return { left: Math.max(box.left, 0), right: Math.min(box.right, width) };
}

function faults(frame) {
  const { contentDocument: page, contentWindow: window } = frame;
  const { width } = frame.dataset;
  const printed = frame.dataset.name.includes("print");
  page.querySelectorAll("details").forEach((each) => { each.open = true; });
  const found = [];
  const wide = page.documentElement.scrollWidth;
  if (wide > width) found.push(`the page is ${wide} wide`);
  const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || element.closest(".unseen, title, desc, option")) continue;
    const range = page.createRange();
    range.selectNodeContents(text);
    const rects = [...range.getClientRects()].filter((each) => each.width);
    const place = rects.length ? holder(element, width, printed) : null;
    const out = place && rects.some((each) => each.right > place.right + EDGE || each.left < place.left - EDGE);
    if (out) found.push(`outside ${element.tagName}.${element.className.baseVal ?? element.className}: ${text.data.slice(0, 40)}`);
    const seen = rects.length ? contrast(window, element) : LEAST_CONTRAST;
    if (seen < LEAST_CONTRAST) found.push(`contrast ${seen.toFixed(1)}: ${text.data.slice(0, 40)}`);
  }
  return found;
}

window.addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  const found = Object.fromEntries(frames.map((frame) => [frame.dataset.name, faults(frame)]));
  document.body.textContent = JSON.stringify(found);
});
