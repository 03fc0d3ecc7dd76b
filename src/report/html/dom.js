// Making elements. Text always goes in as text: nothing that a server wrote is ever parsed as HTML.
'use strict';

function make(namespace, name, attributes, children) {
  const element = namespace ? document.createElementNS(namespace, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}
const h = (name, attributes, ...children) => make(null, name, attributes, children);
const s = (name, attributes, ...children) => make('http://www.w3.org/2000/svg', name, attributes, children);

// 1234567 µs as people say it: "1.23 s"; "340 µs"; "12.4 ms".
function duration(us) {
  const abs = Math.abs(us);
  const three = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)).replace(/\.0+$/, '');
  if (abs < 1000) return `${Math.round(us)} µs`;
  if (abs < 1e6) return `${three(us / 1000)} ms`;
  if (abs < 120e6) return `${three(us / 1e6)} s`;
  return `${three(us / 60e6)} min`;
}
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0).replace(/\.0$/, '')} KiB`;
  return `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0).replace(/\.0$/, '')} MiB`;
}
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
