// The page: head, families, filters, and the checks; each check's body is made when it is opened.

const { report, explanations } = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);

// How a check is shown: the verdict, or why it does not count.
const STANDINGS = {
  fail: ['✕', 'failed'], timeout: ['◷', 'timed out'], error: ['!', 'error'], unexpected: ['!', 'passed unexpectedly'], known: ['≈', 'known'], advice: ['△', 'advice'],
  skip: ['–', 'skipped'], pass: ['✓', 'passed'],
};
const ORDER = Object.keys(STANDINGS);

function standing(check) {
  if (check.verdict === 'pass' && check.unexpected_pass) return 'unexpected';
  const failed = check.verdict === 'fail' || check.verdict === 'timeout';
  if (failed && check.known_failure !== undefined) return 'known';
  if (failed && check.level === 'should' && report.level === 'must' && check.max_score === 0) return 'advice';
  return check.verdict;
}
const tone = (kind) => (kind === 'skip' ? 'skip-verdict' : kind);
const bad = (kind) => ['fail', 'timeout', 'error', 'unexpected'].includes(kind);

const checks = report.checks.map((check) => ({ ...check, standing: standing(check) }))
  .sort((a, b) => ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing));
const families = [...new Set(report.checks.map((check) => check.family))];
const role = report.role || 'server';
const points = (number) => String(Math.round(number * 100) / 100);

function drawHead() {
  const said = {
    conforms: `The ${role} conforms`, 'does-not-conform': `The ${role} does not conform`,
    'harness-failed': 'No judgement: the harness failed', flaky: `The ${role} conforms some of the time`,
  }[report.judgement] || 'Report';
  const { summary } = report;
  const facts = [report.strategy && `strategy ${report.strategy}`, `seed ${report.seed}`, report.started && report.started.replace('T', ' ').replace('Z', ' UTC'),
    duration(report.duration_ms * 1000), report.interrupted && 'cut short',
    report.shard.count > 1 && `part ${report.shard.index} of ${report.shard.count}`];
  $('head').append(
    h('div', {}, h('p', { class: 'brand' }, `eagain ${report.version}`), h('h1', {}, said),
      h('code', { class: 'command' }, report.command.join(' ')), h('p', { class: 'facts' }, facts.filter(Boolean).join(' · '))),
    h('div', { class: 'score', style: 'flex:none' }, h('b', {}, points(summary.score)), h('span', {}, ` / ${points(summary.max_score)}`),
      h('small', {}, `${counted(checks.length, 'check')}, ${summary.passed} passed`)));
}

function drawFamilies() {
  for (const family of families) {
    const own = report.checks.filter((check) => check.family === family);
    const met = own.filter((check) => standing(check) === 'pass').length;
    $('families').append(h('div', { class: 'family' }, h('h2', {}, family, h('span', {}, `${met} of ${own.length}`)),
      h('div', { class: 'cells' }, ...own.map((check) => {
        const kind = standing(check);
        const name = `${check.id}: ${STANDINGS[kind][1]}`;
        return h('a', { href: `#${check.id}`, class: `${tone(kind)}${bad(kind) ? ' bad' : ''}`, title: name, 'aria-label': name }, STANDINGS[kind][0]);
      }))));
  }
}

// One titled part of a body; nothing when it has nothing to say.
const part = (title, content) => (content ? h('div', {}, h('h3', {}, title), content) : null);
const pre = (text) => h('pre', {}, text);
const more = (title, ...content) => h('details', { class: 'more' }, h('summary', {}, title), h('div', { class: 'box' }, ...content));

function copyButton(text) {
  const button = h('button', { type: 'button', class: 'copy' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch { button.textContent = 'Not allowed'; }
  });
  return button;
}

function eventTable(events) {
  const row = (e) => h('tr', {}, h('td', {}, duration(e.at_us - events[0].at_us)), h('td', {}, told(e)));
  return more(`${counted(events.length, 'event')} as a table`, h('table', {}, h('tbody', {}, ...events.map(row))));
}

function fillBody(check, body) {
  const timeline = check.timeline && check.timeline.length ? new Timeline(check.timeline) : null;
  const judged = check.expected || check.actual;
  body.append(...[
    check.reason && h('p', { class: 'reason' }, check.reason),
    timeline && timeline.element,
    judged && h('div', { class: 'pair' }, h('div', {}, h('h3', {}, 'Expected'), pre(check.expected || check.requirement)), h('div', {}, h('h3', {}, 'What happened'), pre(check.actual))),
    part('Why it matters', check.why && h('p', {}, check.why, check.source ? ` [${check.source}]` : '')),
    check.known_failure !== undefined && h('p', { class: 'reason' }, `A known failure${check.known_failure ? `: ${check.known_failure}` : ''}.`),
    check.runs && part('Runs', h('p', {}, check.runs.join(', '))),
    check.verdict !== 'pass' && part('Steps', check.steps.length ? h('ol', { class: 'steps' }, ...check.steps.map((step) => h('li', {}, step))) : null),
    part('Faults injected', check.faults.length ? h('ol', { class: 'steps' }, ...check.faults.map((fault) => h('li', {}, fault))) : null),
    part(`The ${role}’s output${check.server_exit ? `; it ended: ${check.server_exit}` : ''}`, (check.server_output || check.server_exit) && check.verdict !== 'pass' ? h('div', { class: 'box' }, pre(check.server_output || '(nothing)')) : null),
    check.verdict !== 'pass' && part('See it again', h('div', { class: 'box again' }, pre(check.repro), copyButton(check.repro))),
    explanations[check.id] && more('Explanation: the usual cause, and how to mend it', pre(explanations[check.id])),
    timeline && eventTable(check.timeline),
  ].filter(Boolean));
  if (timeline) timeline.watch();
  return timeline;
}

function drawCheck(check) {
  const [glyph, word] = STANDINGS[check.standing];
  const body = h('div', { class: 'body' });
  const element = h('details', { class: `check ${tone(check.standing)}`, id: check.id },
    h('summary', {}, h('span', { class: 'verdict' }, h('span', { class: 'glyph', 'aria-hidden': 'true' }, glyph), `${word}${check.flaky ? ', flaky' : ''}`),
      h('span', { class: 'id' }, check.id), h('span', { class: 'time' }, duration(check.duration_ms * 1000)),
      h('span', { class: 'requirement' }, check.requirement)), body);
  check.element = element;
  check.fill = () => { if (!body.childElementCount) check.timelineView = fillBody(check, body); };
  element.addEventListener('toggle', () => { if (element.open) check.fill(); });
  check.words = [check.id, check.requirement, check.expected, check.actual, check.server_output, check.reason || ''].join('\n').toLowerCase();
  return element;
}

const filter = { text: '', family: '', verdicts: new Set() };

function applyFilter() {
  let shown = 0;
  for (const check of checks) {
    const fits = (!filter.family || check.family === filter.family) && (!filter.verdicts.size || filter.verdicts.has(check.standing)) &&
      filter.text.split(/\s+/).every((word) => check.words.includes(word));
    check.element.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  $('count').textContent = shown === checks.length ? counted(shown, 'check') : `${shown} of ${counted(checks.length, 'check')}`;
}

function drawFilters() {
  $('family').append(h('option', { value: '' }, 'All families'), ...families.map((family) => h('option', { value: family }, family)));
  for (const kind of ORDER) {
    const count = checks.filter((check) => check.standing === kind).length;
    if (!count) continue;
    const button = h('button', { type: 'button', class: tone(kind), 'aria-pressed': 'false', 'data-verdict': kind },
      h('span', { class: 'glyph', 'aria-hidden': 'true' }, STANDINGS[kind][0]), ` ${count} ${STANDINGS[kind][1]}`);
    button.addEventListener('click', () => {
      const on = !filter.verdicts.delete(kind);
      if (on) filter.verdicts.add(kind);
      button.setAttribute('aria-pressed', on);
      applyFilter();
    });
    $('verdicts').append(button);
  }
  $('search').addEventListener('input', () => { filter.text = $('search').value.trim().toLowerCase(); applyFilter(); });
  $('family').addEventListener('change', () => { filter.family = $('family').value; applyFilter(); });
  $('filters').addEventListener('submit', (event) => event.preventDefault());
  $('all').addEventListener('click', () => {
    const open = $('all').textContent === 'Open all';
    for (const check of checks) if (!check.element.hidden) check.element.open = open;
    $('all').textContent = open ? 'Close all' : 'Open all';
  });
}

function openFromAddress() {
  const check = checks.find((one) => one.id === decodeURIComponent(location.hash.slice(1)));
  if (!check) return;
  check.element.hidden = false;
  check.element.open = true;
  check.fill();
  check.element.scrollIntoView();
  check.element.querySelector('summary').focus({ preventScroll: true });
}

// j and k go from check to check, / to the search.
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === 'Escape' && event.target === $('search')) { $('search').value = ''; $('search').dispatchEvent(new Event('input')); }
    return;
  }
  const shown = checks.filter((check) => !check.element.hidden).map((check) => check.element.querySelector('summary'));
  const here = shown.findIndex((summary) => summary.parentElement.contains(document.activeElement));
  if (event.key === '/') { event.preventDefault(); $('search').focus(); }
  if (event.key === 'j' && shown[here + 1]) shown[here + 1].focus();
  if (event.key === 'k' && shown[here - 1]) shown[here - 1].focus();
  if (event.key === 'Escape') hideTip();
}

// On paper every failure is open, and as wide as the paper.
function forPaper() {
  for (const check of checks.filter((one) => bad(one.standing) || one.standing === 'advice')) {
    check.element.open = true;
    check.fill();
    if (check.timelineView) check.timelineView.draw(690);
  }
}

drawHead();
drawMarks();
drawFamilies();
$('checks').append(...checks.map(drawCheck));
drawFilters();
applyFilter();
$('foot').append('Keys: ', h('kbd', {}, '/'), ' search, ', h('kbd', {}, 'j'), ' and ', h('kbd', {}, 'k'), ' from check to check, ', h('kbd', {}, 'Enter'), ' opens, arrow keys go along a timeline.');
document.body.append(tip, patterns());
document.addEventListener('keydown', onKey);
addEventListener('hashchange', openFromAddress);
addEventListener('beforeprint', forPaper);
addEventListener('afterprint', () => { for (const check of checks) if (check.timelineView) check.timelineView.draw(); });
if (location.hash) openFromAddress();
else if (checks.length && bad(checks[0].standing)) { checks[0].element.open = true; checks[0].fill(); }
