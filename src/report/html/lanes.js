// What a timeline shows, worked out of the events before anything is drawn: its lanes, its spans, its
// scale of time, and the sentence above it.

const MOST_LANES = 12;  // more are no picture; those that matter come first

// What one event says, as the steps of a failure say it.
function told(event) {
  const who = `client ${event.client}`;
  const what = event.text ? `: ${event.text}` : '';
  switch (event.kind) {
    case 'connect': return `${who} connects${what}`;
    case 'accept': return `the server has accepted ${who}`;
    case 'unaccepted': return `${who} still waits to be accepted`;
    case 'send': return `${who} sends ${counted(event.bytes, 'byte')}${what}`;
    case 'receive': return `${who} receives ${counted(event.bytes, 'byte')}${what}`;
    case 'half-close': return `${who} shuts down its sending side (FIN)`;
    case 'close': return `${who} leaves (close)`;
    case 'reset': return `${who} resets its connection (RST)`;
    case 'eof': return `${who} sees the end of the stream`;
    case 'stall': return `${who} has waited in vain${what}`;
    case 'fault': return `injected fault${what}`;
    default: return event.text || event.kind;
  }
}

function lanesOf(events) {
  const lanes = new Map([[0, { client: 0, events: [] }]]);
  for (const event of events) {
    if (!lanes.has(event.client)) lanes.set(event.client, { client: event.client, events: [] });
    lanes.get(event.client).events.push(event);
  }
  return [...lanes.values()].sort((a, b) => a.client - b.client);
}

// The server, those that waited, then the first and the last: and how many were left out.
function chosenLanes(lanes, everything) {
  if (everything || lanes.length <= MOST_LANES) return { shown: lanes, left: 0 };
  const matters = (lane) => lane.client === 0 || lane.events.some((e) => e.kind === 'stall' || e.kind === 'unaccepted' || e.kind === 'fault');
  const chosen = new Set(lanes.filter(matters).slice(0, MOST_LANES));
  for (const lane of lanes) if (chosen.size < MOST_LANES) chosen.add(lane);
  return { shown: lanes.filter((lane) => chosen.has(lane)), left: lanes.length - chosen.size };
}

// Where a client's connection was open, and where it waited. Times in µs.
function spansOf(lane, end) {
  const spans = { open: [], backlog: [], wait: [] };
  const at = (kind) => lane.events.filter((e) => e.kind === kind).map((e) => e.at_us);
  const connect = at('connect')[0];
  if (connect !== undefined) {
    const gone = lane.events.find((e) => e.kind === 'close' || e.kind === 'reset');
    const until = gone ? gone.at_us : end;
    const accepted = at('accept')[0];
    const inBacklog = at('unaccepted').length > 0;
    const served = inBacklog ? (accepted !== undefined ? accepted : until) : connect;
    if (served > connect) spans.backlog.push([connect, served]);
    if (until > served) spans.open.push([served, until]);
  }
  for (const stall of lane.events.filter((e) => e.kind === 'stall')) {
    const before = lane.events.filter((e) => e.at_us < stall.at_us && e.kind !== 'unaccepted').map((e) => e.until_us || e.at_us);
    const after = lane.events.find((e) => e.at_us > stall.at_us && (e.kind === 'receive' || e.kind === 'eof'));
    const from = before.length ? Math.max(...before) : stall.at_us;
    spans.wait.push([from, after ? after.at_us : end, stall.at_us]);
  }
  return spans;
}

// Most of the time of most checks is spent waiting. So the stretch between two moments at which
// something happened is as wide as the logarithm of its length: order and proportion can still be
// seen, and microseconds too. Long stretches are labelled with their length.
function scaleOf(moments, width) {
  const times = [...new Set(moments)].sort((a, b) => a - b);
  const weights = times.slice(1).map((time, i) => Math.log1p((time - times[i]) / 200) ** 1.3 + 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const places = [0];
  for (const weight of weights) places.push(places[places.length - 1] + (weight * width) / total);
  const x = (time) => {
    if (times.length < 2 || time <= times[0]) return 0;
    let i = 1;
    while (i < times.length - 1 && times[i] < time) ++i;
    const part = Math.min(1, (time - times[i - 1]) / (times[i] - times[i - 1]));
    return places[i - 1] + part * (places[i] - places[i - 1]);
  };
  const stretches = times.slice(1).map((time, i) => ({ from: times[i], to: time, left: places[i], right: places[i + 1] }));
  return { x, times, places, stretches };
}

// The sentence above the picture.
function headline(lanes) {
  const clients = lanes.filter((lane) => lane.client > 0);
  const first = (lane, kind) => lane.events.find((e) => e.kind === kind);
  const waited = clients.find((lane) => first(lane, 'stall'));
  const exit = lanes[0].events.find((e) => e.kind === 'exit');
  if (!waited) return exit ? `${exit.text[0].toUpperCase()}${exit.text.slice(1)}.` : '';
  const spans = spansOf(waited, first(waited, 'stall').at_us);
  const time = duration(spans.wait[0][2] - spans.wait[0][0]);
  const verdict = lanes[0].events.find((e) => e.kind === 'verdict');
  const left = verdict ? clients.filter((lane) => lane !== waited && lane.events.some((e) => e.kind === 'close' && e.at_us >= verdict.at_us)) : [];
  const served = verdict && waited.events.find((e) => e.kind === 'receive' && e.at_us > verdict.at_us);
  const name = `Client ${waited.client}`;
  const others = left.length === 1 ? `client ${left[0].client}` : 'the others';
  if (served && left.length) {
    return `${name} waits ${time} in vain. Once ${others} ${left.length === 1 ? 'has' : 'have'} left, it is served within ${duration(served.at_us - verdict.at_us)}.`;
  }
  return left.length ? `${name} waits ${time} in vain, and goes on waiting when ${others} ${left.length === 1 ? 'has' : 'have'} left.` : `${name} waits ${time} in vain.`;
}
