// The HTML report in a real browser: html_test.mjs SAMPLE_REPORTS
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chromium } from './chromium.mjs';

const folder = mkdtempSync(join(tmpdir(), 'eagain-html-'));
let browser;

before(async () => {
  execFileSync(process.env.SAMPLE_REPORTS, [folder]);
  browser = await Chromium.start();
});
after(async () => {
  await browser.stop();
  rmSync(folder, { recursive: true });
});

const shownIds = '[...document.querySelectorAll("details.check:not([hidden])")].map((check) => check.id)';
const openIds = '[...document.querySelectorAll("details.check[open]")].map((check) => check.id)';
const focused = 'document.activeElement.closest("details.check")?.id';

async function opened(t, name = 'hostile.html', options = {}) {
  const page = await browser.page(options.width || 1100, 900, options);
  await page.open(join(folder, name), options.hash);
  t.after(() => {
    assert.deepEqual(page.errors, [], 'nothing goes wrong in the page');
    assert.deepEqual(page.requests.filter((url) => !url.startsWith('file:')), [], 'it needs no network');
  });
  return page;
}

test('it tells the judgement and opens the first failure', async (t) => {
  const page = await opened(t);
  assert.equal(await page.evaluate('document.querySelector("h1").textContent'), 'No judgement: the harness failed');
  assert.deepEqual(await page.evaluate(openIds), ['echo/large']);
  assert.equal(await page.evaluate(`${shownIds}.length`), 7);
});

test('what a server wrote is text and nothing else', async (t) => {
  const page = await opened(t);
  assert.equal(await page.evaluate('typeof window.broken'), 'undefined');
  assert.equal(await page.evaluate('document.querySelectorAll("img, #checks script, #checks b").length'), 0);
  assert.ok((await page.evaluate('document.getElementById("echo/large").textContent')).includes('</script><script>window.broken'));
});

test('the timeline shows who waits, and that it is served when the other has left', async (t) => {
  const page = await opened(t);
  assert.equal(await page.evaluate('document.querySelector("figcaption").textContent'),
    'Client 2 waits 1.50 s in vain. Once client 1 has left, it is served within 420 µs.');
  const box = (selector) => page.evaluate(`(({ left, right, top }) => ({ left, right, top }))(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`);
  const [wait, leaves, served, sent, verdict] = [await box('.wait'), await box('.canvas > svg > .m-close'), await box('.canvas > svg > .m-receive'), await box('.canvas > svg > .m-send'), await box('.verdict-line')];
  assert.ok(sent.left < wait.left + 30 && wait.left < verdict.left && verdict.left < leaves.right && leaves.left < served.left && served.left < wait.right + 30);
  assert.ok(leaves.top < served.top, 'each client has a lane of its own');
  assert.ok(wait.right - wait.left > 0.5 * (await page.evaluate('document.querySelector(".canvas").clientWidth')), 'the wait is what is seen first');
  assert.equal(await page.evaluate('document.querySelectorAll(".canvas > svg > .m-fault").length'), 1);
});

test('filters by verdict, by family and by words', async (t) => {
  const page = await opened(t);
  await page.evaluate('document.querySelector("[data-verdict=skip]").click()');
  assert.deepEqual((await page.evaluate(shownIds)).sort(), ['concurrency/second-client', 'lifecycle/restart']);
  await page.evaluate('{ const family = document.getElementById("family"); family.value = "lifecycle"; family.dispatchEvent(new Event("change")); }');
  assert.deepEqual(await page.evaluate(shownIds), ['lifecycle/restart']);
  assert.equal(await page.evaluate('document.getElementById("count").textContent'), '1 of 7 checks');
  await page.evaluate('{ document.querySelector("[data-verdict=skip]").click(); const family = document.getElementById("family"); family.value = ""; family.dispatchEvent(new Event("change")); }');
  await page.press('/');
  for (const key of 'memory') await page.press(key);
  assert.deepEqual(await page.evaluate(shownIds), ['ordering/bounded-queue']);
});

test('can be used by keyboard alone', async (t) => {
  const page = await opened(t);
  await page.press('j');
  assert.equal(await page.evaluate(focused), 'echo/large');
  await page.press('j');
  const second = await page.evaluate(focused);
  assert.notEqual(second, 'echo/large');
  await page.press('Enter');
  assert.deepEqual(await page.evaluate(openIds), ['echo/large', second]);
  await page.press('k');
  await page.press('Tab');  // into the timeline
  assert.match(await page.evaluate('document.activeElement.getAttribute("aria-label")'), /^0 µs: the server listens/);
  await page.press('ArrowRight');
  assert.match(await page.evaluate('document.activeElement.getAttribute("aria-label")'), /^257 µs: client 1 connects/);
  assert.equal(await page.evaluate('document.querySelector(".tip").textContent'), '257 µsclient 1 connects');
});

test('an address opens a check', async (t) => {
  const page = await opened(t, 'hostile.html', { hash: '#ordering/bounded-queue' });
  assert.deepEqual(await page.evaluate(openIds), ['ordering/bounded-queue']);
});

test('fits a narrow screen, in the dark too', async (t) => {
  const page = await opened(t, 'hostile.html', { width: 360, dark: true });
  assert.ok(await page.evaluate('document.documentElement.scrollWidth') <= 360);
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(20, 22, 26)');
});

test('of 100 failures only the open one is made', async (t) => {
  const page = await opened(t, 'long.html');
  assert.equal(await page.evaluate('document.querySelectorAll("details.check").length'), 100);
  assert.equal(await page.evaluate('document.querySelectorAll(".timeline").length'), 1);
  assert.equal(await page.evaluate('document.querySelectorAll(".canvas .lane").length'), 12);
  await page.evaluate('document.querySelector(".timeline .quiet").click()');
  assert.equal(await page.evaluate('document.querySelectorAll(".canvas .lane").length'), 40);
});

test('prints every failure', async (t) => {
  const page = await opened(t, 'hostile.html', { hash: '#lifecycle/restart' });
  assert.ok((await page.pdf()).length > 10_000);
  assert.deepEqual((await page.evaluate(openIds)).sort(), ['echo/large', 'echo/one-byte', 'lifecycle/restart', 'ordering/bounded-queue']);
});

test('a graded run shows its marks, a build that failed what it said', async (t) => {
  const graded = await opened(t, 'graded.html');
  assert.deepEqual(await graded.evaluate('[...document.querySelectorAll("#marks tr")].map((row) => row.innerText.replace(/\\s+/g, " ").trim())'),
    ['Echo | <b>all</b> 6.67 of 20', 'Secret all or nothing, after due date 0 of 5']);
  assert.equal(await graded.evaluate('document.querySelector("#marks .build")'), null);
  const unbuilt = await opened(t, 'unbuilt.html');
  assert.ok((await unbuilt.evaluate('document.querySelector("#marks .build").innerText')).includes('onerror=alert(1)'));
  const plain = await opened(t);
  assert.equal(await plain.evaluate('document.getElementById("marks").offsetHeight'), 0);
});
