/**
 * Runs in the page (as text, so it may use nothing from outside): what is cut off, collides or is too small to read.
 *
 * @param smallest the least height of letters, CSS pixels
 * @returns a line for each fault
 */
export function findFaults(smallest) {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const named = (element) => {
    const figure = element.closest('figure, .tableBlock, section');
    const text = element.textContent.trim().slice(0, 30);
    return `${figure?.id ?? 'page'}: <${element.localName}> ${text}`;
  };
  if (document.documentElement.scrollWidth > width) {
    faults.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
  }
  // A pixel is what rounding may take.
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('.scroll, pre') || element.closest('details:not([open])') || element.closest('desc, title'))
      continue;
    const { left, right, width: own } = element.getBoundingClientRect();
    if (own > 0 && (left < -1 || right > width + 1)) faults.push(`${named(element)} reaches beyond the window`);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width > 0 ? frame.width / svg.viewBox.baseVal.width : 1;
    const texts = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() !== '')
      .map((text) => ({ text, box: text.getBoundingClientRect() }));
    for (const { text, box } of texts) {
      if (
        box.left < frame.left - 1 ||
        box.right > frame.right + 1 ||
        box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1
      ) {
        faults.push(`${named(text)} is cut off by its drawing`);
      }
      const size = Number.parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < smallest) faults.push(`${named(text)} is ${size.toFixed(1)} pixels high`);
    }
    // Boxes are as high as the line; letters are about two thirds of it. Collisions of more than that are seen.
    for (const [i, a] of texts.entries()) {
      for (const b of texts.slice(i + 1)) {
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (across > 1 && down > Math.min(a.box.height, b.box.height) / 3) {
          faults.push(`${named(a.text)} collides with ${b.text.textContent.trim()}`);
        }
      }
    }
  }
  return [...new Set(faults)];
}
