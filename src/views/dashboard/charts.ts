import { html, type SafeHtml } from "#views/values/html.ts";

/** A part of a bar: how much, what of, and the class that colours it. */
export type BarPiece = { readonly name: string; readonly value: number; readonly colour: string };
export type ChartBar = { readonly name: string; readonly pieces: readonly BarPiece[] };

const WIDTH = 560;
const HEIGHT = 220;
const LEFT_MARGIN = 44;
const BOTTOM = 24;
const TOP = 10;

/** Bars that stand beside each other, each in pieces, with the same as a table for those who do not see them. */
export function barChart(id: string, title: string, bars: readonly ChartBar[], unit: string): SafeHtml {
  const totals = bars.map(({ pieces }) => pieces.reduce((sum, { value }) => sum + value, 0));
  const top = roundUp(Math.max(1, ...totals));
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const step = (WIDTH - LEFT_MARGIN) / Math.max(1, bars.length);
  // Labels are as wide as they are: where bars are narrow, not each has one.
  const every = Math.max(1, Math.ceil((Math.max(...bars.map(({ name }) => name.length), 1) * 7.5) / step));
  const names = [...new Map(bars.flatMap(({ pieces }) => pieces.map(({ name, colour }) => [name, colour])))];
  return html`<figure class="panel"><figcaption id="${id}">${title}</figcaption>${names.length > 1 ? html`<p>${names.map(([name, colour]) => key(name, colour))}</p>` : null}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}">${[0, 0.5, 1].map((share) => html`<line class="grid" x1="${LEFT_MARGIN}" x2="${WIDTH}" y1="${y(top * share)}" y2="${y(top * share)}"></line><text x="${LEFT_MARGIN - 6}" y="${y(top * share) + 4}" text-anchor="end">${short(top * share)}</text>`)}
${bars.map(({ name, pieces }, i) => {
  const left = LEFT_MARGIN + i * step + step * 0.14;
  let under = 0;
  return html`<g>${pieces.map((piece) => {
    const from = y(under);
    under += piece.value;
    return piece.value === 0
      ? null
      : html`<rect class="${piece.colour}" x="${left.toFixed(1)}" y="${y(under).toFixed(1)}" width="${(step * 0.72).toFixed(1)}" height="${(from - y(under)).toFixed(1)}" rx="2"><title>${name}, ${piece.name}: ${short(piece.value)} ${unit}</title></rect>`;
  })}${i % every === 0 ? html`<text x="${(left + step * 0.36).toFixed(1)}" y="${HEIGHT - 7}" text-anchor="middle">${name}</text>` : null}</g>`;
})}</svg>
<details id="${id}-table"><summary>As a table</summary><div class="scroll"><table><thead><tr><th scope="col"></th>${names.map(([name]) => html`<th scope="col" class="num">${name} (${unit})</th>`)}</tr></thead><tbody>${bars.map(({ name, pieces }) => html`<tr><th scope="row">${name}</th>${names.map(([of]) => html`<td class="num">${short(pieces.find((piece) => piece.name === of)?.value ?? 0)}</td>`)}</tr>`)}</tbody></table></div></details></figure>`;
}

/** What a colour means. */
function key(name: string, colour: string): SafeHtml {
  return html`<span class="key"><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${colour}" width="10" height="10" rx="2"></rect></svg>${name}</span>`;
}

/** A bar of how much of something is used up; more than all of it is full. */
export function gaugeChart(share: number, colour: string, label: string): SafeHtml {
  const used = Math.max(0, Math.min(1, share)) * 200;
  return html`<svg viewBox="0 0 200 12" role="img" aria-label="${label}" class="gauge"><rect class="track" width="200" height="12" rx="6"></rect><rect class="${colour}" width="${used.toFixed(1)}" height="12" rx="6"></rect></svg>`;
}

function roundUp(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / size / 2) * 2 * size;
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
