/**
 * The page's look. Light is the default, and what is printed; dark follows the reader's system, on screens only. Colours of classes,
 * series and scales are variables, so that drawings have them by name. Those of classes were searched for the greatest least
 * difference of two, to common vision and to that without red, green or blue cones; a test holds them to it.
 */
export const styles = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1d21; --muted: #5a626d; --rule: #d5d9df; --panel: #f5f6f8; --accent: #1a5fa0; --warning: #8a4b00; --warningPaper: #fff5e2;
  --sequential: #1a5fa0; --onSequential: #fff;
  --low: #f3d27a; --middle: #d4576a; --high: #33166b;
  --right: #0b6fb5; --wrong: #c8500a;
  --series0: #0b6fb5; --series1: #c8500a; --series2: #0a8a63; --series3: #a2429a; --series4: #b98400; --series5: #3d434c; --series6: #4a9fd8;
  --class0: #180075; --class1: #b086ff; --class2: #ffa000; --class3: #a30600; --class4: #65d1b0; --class5: #460012; --class6: #138990; --class7: #e94118; --class8: #8b36dc; --class9: #00546f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --ink: #e4e7eb; --muted: #a2abb8; --rule: #363d47; --panel: #1c2128; --accent: #74b6f2; --warning: #f3c27a; --warningPaper: #33280f;
    --sequential: #6db3f2; --onSequential: #0d1117;
    --low: #54458f; --middle: #d4576a; --high: #ffe08a;
    --right: #5fb4ee; --wrong: #ff9a52;
    --series0: #5fb4ee; --series1: #ff9a52; --series2: #3fcfa0; --series3: #e08fd8; --series4: #edc24e; --series5: #d6dae0; --series6: #8aa6ff;
    --class0: #b2b900; --class1: #438559; --class2: #f60012; --class3: #61f3ff; --class4: #668cff; --class5: #d2ffb5; --class6: #ed81ab; --class7: #ffdc0e; --class8: #6ec2fe; --class9: #a847ae;
  }
}
@media print { :root { color-scheme: light; } }
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 17px/1.5 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Palatino Linotype', Georgia, 'Liberation Serif', serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1, h2, .subtitle, .panelLabel, .legend, .scale, nav, table, .facts, summary, .note, .kicker, .count, svg text {
  font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif;
}
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .5rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
section { margin-top: 3.25rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace; font-size: .86em; overflow-wrap: anywhere; }
.subtitle { color: var(--muted); margin: 0; font-size: .95rem; overflow-wrap: anywhere; }
.kicker { font-size: .72rem; font-weight: 600; letter-spacing: .04em; color: var(--muted); border: 1px solid var(--rule); border-radius: 1em; padding: .1em .7em; vertical-align: .2em; white-space: nowrap; }
.description { max-width: 44rem; margin: 0 0 1rem; }
.quiet { color: var(--muted); }
nav { margin-top: 1.25rem; font-size: .9rem; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
.note { border-left: 3px solid var(--warning); background: var(--warningPaper); color: var(--warning); font-size: .9rem; padding: .55rem .9rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: .8rem 2rem; margin: 0 0 1.75rem; font-size: .9rem; }
.facts dt { color: var(--muted); font-size: .8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.tableBlock { margin: 1.75rem 0; }
.tableBlock table { min-width: min(100%, 42rem); }
table { border-collapse: collapse; font-size: .86rem; line-height: 1.4; font-variant-numeric: tabular-nums; min-width: min(100%, 30rem); border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); }
caption, figcaption { text-align: left; font: .88rem/1.45 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Palatino Linotype', Georgia, 'Liberation Serif', serif; color: var(--ink); max-width: 48rem; }
caption { padding-bottom: .6rem; }
.count { font-weight: 700; font-size: .95em; }
th, td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: baseline; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; white-space: nowrap; }
tbody th { white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: 2rem 0 2.5rem; }
figcaption { margin-top: .8rem; }
.panels { display: grid; gap: 1.4rem 1.5rem; justify-items: start; align-items: end; }
.panels.two { grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.panels.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); }
.panels.digits { grid-template-columns: repeat(var(--columns), minmax(0, 9.4rem)); gap: 1.3rem 1rem; }
.panel { width: 100%; max-width: 29rem; }
.panels.one > .panel { max-width: none; }
.panels.three > .panel { max-width: 21rem; }
.panels.digits > .panel { max-width: 9.4rem; }
.panelLabel { font-size: .8rem; line-height: 1.3; margin: 0 0 .3rem; color: var(--ink); }
.panelLabel b { margin-right: .15em; }
.panels.digits .panelLabel { font-size: .72rem; color: var(--muted); text-align: center; }
.panel > svg { display: block; width: 100%; height: auto; overflow: visible; }
.panels.one > .panel > svg { width: auto; max-width: 100%; }
.panels.large > .panel { max-width: 36rem; }
svg.plot { font-size: 12px; background: none; }
svg.plot text { white-space: pre; }
svg .pixels { image-rendering: pixelated; }
.legend { list-style: none; margin: 0 0 .7rem; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: .82rem; line-height: 1.4; }
.legend li { display: inline-flex; align-items: center; gap: .4rem; min-width: 0; overflow-wrap: anywhere; }
.legend svg { flex: none; }
.scale { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; font-size: .8rem; margin: 0 0 .8rem; }
.scale svg { display: block; shape-rendering: crispEdges; }
.scaleItem svg { shape-rendering: auto; }
.scaleItem { display: inline-flex; align-items: center; gap: .25rem; margin-left: .9rem; }
svg.graph { font-size: 11.5px; fill: var(--ink); }
.graph .row { fill: var(--panel); stroke: var(--rule); }
.graph .name { font-weight: 700; font-size: 13px; }
.graph .quiet, .graph .time { fill: var(--muted); font-size: 11px; }
.graph .box > rect { fill: var(--paper); stroke: var(--muted); }
.graph .box > rect.busy { fill: var(--accent); stroke: none; }
.graph .busiest > rect { stroke: var(--accent); stroke-width: 1.8; }
.graph .busiest .label, .graph .busiest .time { font-weight: 700; fill: var(--ink); }
.graph .flow, .graph .lane path { fill: none; stroke: var(--muted); stroke-width: 1.2; }
.graph .head, .graph .lane path.head, .graph .lane circle { fill: var(--muted); stroke: none; }
svg.digit, svg.cloud { font-size: 12px; fill: var(--ink); }
.digit .field { fill: var(--panel); stroke: var(--rule); stroke-width: .7; }
.digit .right { fill: var(--right); font-weight: 700; }
.digit .wrong { fill: var(--wrong); font-weight: 700; }
.votes text { font-size: 10.5px; fill: var(--muted); }
.votes .axis, .cloud .axis { stroke: var(--muted); stroke-width: .8; fill: none; }
.cloud .field { fill: var(--panel); stroke: var(--rule); }
.cloud .stems { fill: none; stroke: var(--muted); stroke-width: .5; opacity: .3; }
.cloud text { fill: var(--muted); font-style: italic; }
.rightPoint { fill: var(--right); stroke: var(--paper); stroke-width: .5; }
.wrongPoint { fill: var(--wrong); stroke: var(--paper); stroke-width: .5; }
details { margin-top: .7rem; }
details > div, details > pre { margin-top: .6rem; }
summary { cursor: pointer; color: var(--accent); font-size: .85rem; }
pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 4px; padding: .8rem 1rem; margin: 0; overflow-x: auto; line-height: 1.45; white-space: pre-wrap; }
pre code { font-size: .8rem; }
@media (max-width: 40rem) {
  body { font-size: 16px; }
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.55rem; }
  .panels.digits { grid-template-columns: repeat(auto-fill, minmax(7.2rem, 1fr)); }
  .scroll > .panels.one > .panel > svg.graph { max-width: none; }
}
@media print {
  @page { margin: 16mm 15mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav, details.data { display: none; }
  section { margin-top: 1.5rem; }
  h2, .description, .note { break-after: avoid; }
  figure, .tableBlock, .panel { break-inside: avoid; }
  .scroll { overflow: visible; }
  .panels { gap: .8rem 1rem; }
  .panels.two { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .panels.three { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  summary { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
  details.definition::details-content { content-visibility: visible; block-size: auto; display: block; }
  pre { break-inside: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
