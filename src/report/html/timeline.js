// The timeline of a failure: a lane a client, time from left to right.

const TOP = 46, BAR = 13;  // heights, in pixels
const heightOf = (lane) => (lane.events.some((e) => e.bytes > 0 || e.kind === 'stall') ? 68 : 42);

// Each kind of mark has a shape of its own. All are drawn around 0,0 and are about 12 wide.
const SHAPES = {
  connect: () => s('circle', { r: 5, class: 'hollow' }),
  accept: () => s('path', { d: 'M-6 0 L-1.5 5 L6 -5', class: 'stroke' }),
  send: () => s('path', { d: 'M0 -7 L6.5 5 L-6.5 5 Z' }),
  receive: () => s('path', { d: 'M0 7 L6.5 -5 L-6.5 -5 Z' }),
  'half-close': () => s('path', { d: 'M-6 -6 H0 V6 H-6 Z M0 -6 H6 V6 H0' , class: 'hollow' }),
  close: () => s('path', { d: 'M-5.5 -5.5 H5.5 V5.5 H-5.5 Z' }),
  reset: () => s('path', { d: 'M-5 -5 L5 5 M5 -5 L-5 5', class: 'stroke' }),
  eof: () => s('path', { d: 'M-2 -7 H2 V7 H-2 Z' }),
  stall: () => s('path', { d: 'M-5 -7 H5 L0 0 L5 7 H-5 L0 0 Z' }),
  unaccepted: () => s('circle', { r: 3, class: 'hollow' }),
  fault: () => s('path', { d: 'M2 -9 L-6 1.5 H-0.5 L-2 9 L6 -1.5 H0.5 Z' }),
  exit: () => s('path', { d: 'M-6 -6 L6 6 M6 -6 L-6 6', class: 'stroke' }),
  verdict: () => s('path', { d: 'M0 -7 L7 0 L0 7 L-7 0 Z' }),
  server: () => s('path', { d: 'M0 -6.5 L6.5 0 L0 6.5 L-6.5 0 Z' }),
  note: () => s('circle', { r: 3 }),
};
const LEGEND = [
  ['connect', 'connects'], ['accept', 'accepted'], ['send', 'bytes sent'], ['receive', 'bytes echoed'], ['half-close', 'half-close'],
  ['close', 'leaves'], ['reset', 'reset'], ['eof', 'end of stream'], ['stall', 'gives up waiting'], ['fault', 'injected fault'],
  ['server', 'server'], ['exit', 'ended'],
];

// The fills of waits, for all timelines: a pattern in one that is closed would not be drawn in the others.
function patterns() {
  return s('svg', { width: 0, height: 0, class: 'patterns', 'aria-hidden': 'true' },
    s('pattern', { id: 'hatch', width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      s('rect', { width: 7, height: 7, fill: 'var(--wait-wash)' }), s('rect', { width: 2.5, height: 7, fill: 'var(--wait)', opacity: .55 })),
    s('pattern', { id: 'dots', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
      s('circle', { cx: 3, cy: 3, r: 1, fill: 'var(--soft)' })));
}

class Timeline {
  constructor(events) {
    this.events = events;
    this.start = events[0].at_us;
    this.end = Math.max(...events.map((e) => Math.max(e.at_us, e.until_us || 0)));
    this.lanes = lanesOf(events);
    this.everything = false;
    this.canvas = h('div', { class: 'canvas', role: 'group', 'aria-label': 'Timeline: arrow keys go from event to event' });
    this.canvas.addEventListener('keydown', (event) => this.step(event));
    this.more = h('button', { type: 'button', class: 'quiet', onclick: () => { this.everything = true; this.draw(); } });
    const sentence = headline(this.lanes);
    this.element = h('figure', { class: 'timeline' }, sentence ? h('figcaption', {}, sentence) : null, this.canvas, this.legend(), this.more);
  }

  // Draws for the width that there is, now and whenever it changes.
  watch() {
    this.draw();
    new ResizeObserver(() => { if (this.canvas.clientWidth && this.canvas.clientWidth !== this.drawn) this.draw(); }).observe(this.canvas);
  }

  draw(width) {
    const room = width || this.canvas.clientWidth || 900;
    this.drawn = room;
    const { shown, left } = chosenLanes(this.lanes, this.everything);
    this.more.hidden = left === 0;
    this.more.textContent = `Show ${counted(left, 'more client')}`;
    const names = room < 560 ? 0 : 84;  // on a narrow screen a lane's name stands in the lane
    const shownEvents = shown.flatMap((lane) => lane.events);
    const plot = Math.max(room - names - 34, width ? 0 : Math.min(shownEvents.length * 9, 6000));
    this.scale = scaleOf([this.start, this.end, ...shownEvents.map((e) => e.at_us)], plot);
    this.x = (time) => names + 14 + this.scale.x(time);
    const tops = [TOP];
    for (const lane of shown) tops.push(tops[tops.length - 1] + heightOf(lane));
    const height = tops[tops.length - 1] + 2;
    const svg = s('svg', { width: names + plot + 34, height, role: 'presentation' });
    svg.append(this.axis(height));
    shown.forEach((lane, i) => svg.append(this.lane(lane, tops[i], tops[i + 1], names)));
    svg.append(...this.verdict(height));
    this.marks = [];
    shown.forEach((lane, i) => svg.append(...this.marksOf(lane, tops[i], tops[i + 1], names)));
    this.marks.sort((a, b) => a.event.at_us - b.event.at_us || a.event.client - b.event.client);
    this.marks.forEach(({ element }, i) => element.setAttribute('tabindex', i === 0 ? 0 : -1));
    this.canvas.replaceChildren(svg);
  }

  // Stretches in which nothing happened, with their lengths, and moments where there is room for them.
  axis(height) {
    const group = s('g', {});
    let free = -1e9;  // right end of the last label
    let last = '';
    for (const stretch of this.scale.stretches) {
      const [left, right] = [this.x(stretch.from), this.x(stretch.to)];
      const label = duration(stretch.to - stretch.from);
      const needed = label.length * 6.6 + 14;
      if (right - left < needed) continue;
      group.append(s('rect', { class: 'gap', x: left, y: TOP - 12, width: right - left, height: height - TOP + 12 }));
      group.append(s('path', { class: 'rule', fill: 'none', d: `M${left + 2} 28.5 H${right - 2} M${left + 2} 25.5 v6 M${right - 2} 25.5 v6` }));
      group.append(s('rect', { x: (left + right) / 2 - needed / 2 + 2, y: 20, width: needed - 4, height: 16, fill: 'var(--page)' }));
      group.append(s('text', { x: (left + right) / 2, y: 32, 'text-anchor': 'middle', class: 'dim' }, label));
    }
    this.scale.times.forEach((time) => {
      const label = time === this.start ? '0' : duration(time - this.start);
      const half = label.length * 3.4 + 6;
      const x = Math.min(Math.max(this.x(time), half - 4), this.x(this.end) + 30 - half);
      if (x - half < free || label === last) return;
      free = x + half;
      last = label;
      group.append(s('text', { x, y: 13, 'text-anchor': 'middle', class: 'dim' }, label));
      group.append(s('path', { class: 'rule', d: `M${this.x(time)} 17 V${height}` }));
    });
    return group;
  }

  lane(lane, y, bottom, names) {
    const name = lane.client === 0 ? 'server' : `client ${lane.client}`;
    const bar = bottom - BAR - 9;
    const group = s('g', {}, s('path', { class: 'rule', d: `M0 ${bottom - 0.5} H99999` }));
    if (names) group.append(s('text', { class: 'lane', x: 12, y: bar + 10 }, name));
    else group.append(s('text', { class: 'lane', x: 4, y: y + 12 }, name));
    const span = ([from, to], kind) => s('rect', { class: kind, x: this.x(from), y: bar, height: BAR, rx: 3, width: Math.max(2, this.x(to) - this.x(from)) });
    if (lane.client === 0) {
      group.append(span([this.start, this.end], 'open'), ...this.frozen(lane).flatMap((one) => [span(one, 'frozen'), this.word('stopped (SIGSTOP)', one, bar)]), ...this.sleep(bar));
      return group;
    }
    const spans = spansOf(lane, this.end);
    group.append(...this.bytes(lane, y + 19, bar - 6));
    group.append(...spans.open.map((one) => span(one, 'open')), ...spans.backlog.map((one) => span(one, 'backlog')));
    for (const wait of spans.wait) {
      group.append(span(wait, 'wait'));
      const word = `waits ${duration(wait[2] - wait[0])} in vain${spans.backlog.length ? ', not accepted' : ''}`;
      const room = this.x(wait[1]) - this.x(wait[0]);
      const short = room > word.length * 6.6 ? word : room > 40 ? 'waits' : '';
      if (short) group.append(s('text', { class: 'wait-word', x: (this.x(wait[0]) + this.x(wait[1])) / 2, y: bar - 10, 'text-anchor': 'middle' }, short));
    }
    return group;
  }

  // What the server does while a client waits, where that is known: "sleeps in recv(5)".
  sleep(bar) {
    const stall = this.events.find((e) => e.kind === 'stall');
    const doing = stall && /the server (sleeps in [^;]+)/.exec(stall.text);
    const lane = doing && this.lanes.find((one) => one.client === stall.client);
    if (!lane) return [];
    const [from, , until] = spansOf(lane, this.end).wait[0];
    return [this.word(doing[1], [from, until], bar)];
  }

  // In the server's bar, where there is room for it.
  word(text, [from, until], bar) {
    const room = this.x(until) - this.x(from);
    return s('text', { class: 'sleep', x: this.x(from) + room / 2, y: bar + 10, 'text-anchor': 'middle' }, room < text.length * 6.8 ? '' : text);
  }

  frozen(lane) {
    const spans = [];
    for (const event of lane.events) {
      if (event.text.includes('SIGSTOP')) spans.push([event.at_us, this.end]);
      if (event.text.includes('SIGCONT') && spans.length) spans[spans.length - 1][1] = event.at_us;
    }
    return spans;
  }

  // Bytes sent (a line) and echoed (an area below it), added up; what lies between is still owed.
  bytes(lane, top, bottom) {
    const total = (kind) => lane.events.filter((e) => e.kind === kind).reduce((sum, e) => sum + e.bytes, 0);
    const most = Math.max(total('send'), total('receive'));
    if (!most) return [];
    const y = (bytes) => bottom - (bytes / most) * (bottom - top);
    const steps = (kind) => {
      let sum = 0;
      let path = '';
      for (const event of lane.events.filter((e) => e.kind === kind)) {
        path += path ? ` H${this.x(event.at_us)}` : `M${this.x(event.at_us)} ${bottom}`;
        sum += event.bytes;
        path += ` L${this.x(event.until_us || event.at_us)} ${y(sum)}`;
      }
      const gone = lane.events.find((e) => e.kind === 'close' || e.kind === 'reset');
      return path && `${path} H${this.x(gone ? gone.at_us : this.end)}`;
    };
    const [sent, echoed] = [steps('send'), steps('receive')];
    return [
      sent && s('path', { class: 'owed', d: `${sent} V${bottom} Z` }),
      echoed && s('path', { class: 'echoed', d: `${echoed} V${bottom} Z` }),
      sent && s('path', { class: 'sent', d: sent }),
    ].filter(Boolean);
  }

  verdict(height) {
    const verdict = this.events.find((e) => e.kind === 'verdict');
    if (!verdict) return [];
    const x = this.x(verdict.at_us);
    return [s('path', { class: 'verdict-line', d: `M${x} 18 V${height}` }),
      s('rect', { class: 'flag', x: x - 21, y: 20, width: 42, height: 17, rx: 3 }),
      s('text', { class: 'flag-word', x, y: 32.5, 'text-anchor': 'middle' }, 'FAIL')];
  }

  marksOf(lane, y, bottom, names) {
    const bar = bottom - BAR / 2 - 9;
    const labels = [];
    let free = names ? -1e9 : 58;  // right of the lane's name
    for (const event of lane.events) {
      if (event.kind === 'verdict' || event.kind === 'unaccepted') continue;
      const x = this.x(event.at_us);
      const shape = (SHAPES[event.kind] || SHAPES.note)();
      const element = s('g', {
        class: `mark m-${event.kind}`, role: 'img', transform: `translate(${x} ${bar})`,
        'aria-label': `${duration(event.at_us - this.start)}: ${told(event)}`,
      }, s('circle', { class: 'hit', r: 11 }), s('circle', { class: 'halo', r: 11 }), shape);
      for (const on of ['mouseenter', 'focus']) element.addEventListener(on, () => this.tell(event, element));
      for (const off of ['mouseleave', 'blur']) element.addEventListener(off, () => hideTip());
      this.marks.push({ event, element });
      if (event.bytes > 0) {
        const label = size(event.bytes);
        const half = label.length * 3.3 + 4;
        if (x - half > free) {
          labels.push(s('text', { x, y: y + 15, 'text-anchor': 'middle', class: `bytes m-${event.kind}` }, label));
          free = x + half;
        }
      }
    }
    return [...labels, ...this.marks.filter((mark) => mark.event.client === lane.client).map((mark) => mark.element)];
  }

  tell(event, element) {
    const parts = event.until_us ? `, until ${duration(event.until_us - this.start)}` : '';
    showTip(element.getBoundingClientRect(), `${duration(event.at_us - this.start)}${parts}`, told(event));
  }

  // Arrow keys: from event to event, in the order of time; up and down within a lane's neighbours.
  step(event) {
    const here = this.marks.findIndex((mark) => mark.element === document.activeElement);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: this.marks.length - 1 }[event.key];
    if (here < 0 || to === undefined || !this.marks[to]) return;
    event.preventDefault();
    this.marks[here].element.setAttribute('tabindex', -1);
    this.marks[to].element.setAttribute('tabindex', 0);
    this.marks[to].element.focus();
  }

  legend() {
    const kinds = new Set(this.events.map((e) => e.kind));
    const entries = LEGEND.filter(([kind]) => kinds.has(kind)).map(([kind, word]) =>
      h('span', {}, s('svg', { width: 18, height: 18, viewBox: '-9 -9 18 18', class: 'canvas', style: 'overflow:visible;border:0;background:none' }, s('g', { class: `mark m-${kind}` }, SHAPES[kind]())), word));
    return h('div', { class: 'legend', 'aria-hidden': 'true' }, ...entries);
  }
}

const tip = h('div', { class: 'tip', role: 'tooltip', hidden: true });
function showTip(near, time, text) {
  tip.replaceChildren(h('b', {}, time), text);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, near.left + near.width / 2 - width / 2), innerWidth - width - 8);
  tip.style.left = `${left}px`;
  tip.style.top = `${near.top - height - 8 > 0 ? near.top - height - 8 : near.bottom + 8}px`;
}
function hideTip() { tip.hidden = true; }
