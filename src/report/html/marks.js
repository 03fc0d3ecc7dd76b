// Marks: of a graded run, the rubric's items with their points, and a build that failed.

function drawMarks() {
  const { grading, build } = report;
  const section = $('marks');
  section.hidden = !grading && !(build && !build.passed);
  if (build && !build.passed) {
    section.append(h('div', { class: 'build' }, h('h2', {}, 'The build failed'), h('p', {}, h('code', {}, build.command), `: ${build.result}`), h('div', { class: 'box' }, h('pre', {}, build.output || '(no output)'))));
  }
  if (!grading) return;
  const note = (item) => [item.scoring === 'all-or-nothing' && 'all or nothing', item.visibility !== 'visible' && item.visibility.replaceAll('_', ' ')].filter(Boolean).join(', ');
  const row = (item) => h('tr', {},
    h('th', { scope: 'row' }, item.name, note(item) && h('small', {}, ` ${note(item)}`)),
    h('td', {}, h('meter', { min: 0, max: item.max_score || 1, value: item.score, 'aria-label': `${points(item.score)} of ${points(item.max_score)}` })),
    h('td', { class: 'points' }, `${points(item.score)} of ${points(item.max_score)}`));
  section.append(h('table', {}, h('caption', {}, grading.title || 'Marks'), h('tbody', {}, ...grading.items.map(row))));
}
