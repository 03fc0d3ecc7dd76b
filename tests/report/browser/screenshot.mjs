// A picture of one check of an HTML report, at twice the size: how the README's is made.
//   ./eagain check --report html=report.html -- ./eagain serve blocking --port {port}
//   node tests/report/browser/screenshot.mjs report.html concurrency/second-client .github/images/second-client.png
import { writeFileSync } from 'node:fs';
import { Chromium } from './chromium.mjs';

const [file, id, picture] = process.argv.slice(2);
const browser = await Chromium.start();
const page = await browser.page(900, 900, { dark: process.env.DARK === '1' });
await page.open(file, `#${id}`);
const clip = await page.evaluate(`(() => {
  const check = document.getElementById(${JSON.stringify(id)});
  const from = check.getBoundingClientRect();
  const to = check.querySelector('.legend').getBoundingClientRect();
  return { x: from.left + scrollX - 8, y: from.top + scrollY - 8, width: from.width + 16, height: to.bottom - from.top + 20 };
})()`);
writeFileSync(picture, await page.screenshot({ ...clip, scale: 1.5 }));
await browser.stop();
