// The pages of `bench` and of a class in a real browser: SAMPLE_PAGES is the program that writes them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chromium } from './chromium.mjs';

const folder = mkdtempSync(join(tmpdir(), 'eagain-pages-'));
let browser;

before(async () => {
  execFileSync(process.env.SAMPLE_PAGES, [folder]);
  browser = await Chromium.start();
});
after(async () => {
  await browser.stop();
  rmSync(folder, { recursive: true });
});

async function opened(t, name, options = {}) {
  const page = await browser.page(options.width || 1100, 900, options);
  await page.open(join(folder, name));
  t.after(() => {
    assert.deepEqual(page.errors, [], 'nothing goes wrong in the page, and its policy forbids nothing of it');
    assert.deepEqual(page.requests.filter((url) => !url.startsWith('file:')), [], 'it needs no network');
  });
  return page;
}

const background = 'getComputedStyle(document.body).backgroundColor';

for (const name of ['bench.html', 'class.html']) {
  test(`${name}: what others wrote is text and nothing else`, async (t) => {
    const page = await opened(t, name);
    assert.equal(await page.evaluate('typeof window.broken'), 'undefined');
    assert.equal(await page.evaluate('document.querySelectorAll("img").length'), 0);
    assert.ok((await page.evaluate('document.querySelector("table").textContent')).includes('<img src=x'));
  });

  test(`${name}: is light or dark as its reader has it`, async (t) => {
    const light = await (await opened(t, name)).evaluate(background);
    const dark = await (await opened(t, name, { dark: true })).evaluate(background);
    assert.equal(light, 'rgb(251, 250, 248)');
    assert.equal(dark, 'rgb(20, 22, 26)');
  });

  test(`${name}: a phone scrolls its tables and figures, and not the page`, async (t) => {
    const page = await opened(t, name, { width: 380 });
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
  });
}

test('bench.html shows the figures and a table', async (t) => {
  const page = await opened(t, 'bench.html');
  assert.equal(await page.evaluate('document.querySelector("h1").textContent'), 'Servers side by side');
  assert.ok(await page.evaluate('document.querySelector("figure svg").getBoundingClientRect().height > 100'));
  assert.ok(await page.evaluate('document.querySelectorAll("tbody tr").length >= 2'));
});

test('class.html sorts by a column when its head is pressed, and the other way when it is pressed again', async (t) => {
  const page = await opened(t, 'class.html');
  const names = '[...document.querySelector("table").tBodies[0].rows].map((row) => row.cells[0].textContent.slice(0, 4))';
  const press = 'document.querySelectorAll("th button")[1].click()';
  await page.evaluate(press);
  assert.deepEqual(await page.evaluate(names), ['bob', 'ada', '<img']);
  await page.evaluate(press);
  assert.deepEqual(await page.evaluate(names), ['<img', 'ada', 'bob']);
});
