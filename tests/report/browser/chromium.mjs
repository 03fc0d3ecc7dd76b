// A headless Chromium, driven over its DevTools pipe (--remote-debugging-pipe: descriptors 3 and 4, messages
// that end in a NUL byte): https://chromedevtools.github.io/devtools-protocol/. Needs nothing but node.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LIMIT_MS = 60_000;  // for any one answer: a bound, never a measure

export class Chromium {
  static async start(program = process.env.CHROMIUM || 'chromium') {
    const browser = new Chromium();
    browser.profile = mkdtempSync(join(tmpdir(), 'eagain-chromium-'));
    browser.process = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run',
      '--disable-dev-shm-usage', `--user-data-dir=${browser.profile}`, '--remote-debugging-pipe', 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.ended = new Promise((resolve) => browser.process.on('exit', resolve));
    browser.calls = new Map();
    browser.listeners = [];
    browser.next = 0;
    let rest = '';
    browser.process.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.forEach((message) => browser.take(JSON.parse(message)));
    });
    return browser;
  }

  take(message) {
    if (message.id === undefined) { for (const listener of [...this.listeners]) listener(message); return; }
    const call = this.calls.get(message.id);
    this.calls.delete(message.id);
    if (message.error) call.reject(new Error(`${call.method}: ${message.error.message}`));
    else call.resolve(message.result);
  }

  call(method, params = {}, sessionId = undefined) {
    const id = ++this.next;
    return bounded(method, new Promise((resolve, reject) => {
      this.calls.set(id, { method, resolve, reject });
      this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    }));
  }

  // A new page of that size; errors of its scripts and of its console end up in page.errors.
  async page(width, height, { dark = false } = {}) {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.call(`${domain}.enable`);
    await page.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await page.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    return page;
  }

  async stop() {
    await this.call('Browser.close').catch(() => this.process.kill());
    await this.ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  constructor(browser, sessionId) {
    Object.assign(this, { browser, sessionId, errors: [], requests: [] });
    browser.listeners.push((message) => {
      if (message.sessionId !== sessionId) return;
      const { method, params } = message;
      if (method === 'Runtime.exceptionThrown') this.errors.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
      if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.errors.push(JSON.stringify(params.args));
      if (method === 'Log.entryAdded' && params.entry.level === 'error') this.errors.push(params.entry.text);
      if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    });
  }

  call(method, params) { return this.browser.call(method, params, this.sessionId); }

  event(method) {
    return bounded(method, new Promise((resolve) => {
      const listener = (message) => {
        if (message.sessionId !== this.sessionId || message.method !== method) return;
        this.browser.listeners.splice(this.browser.listeners.indexOf(listener), 1);
        resolve(message.params);
      };
      this.browser.listeners.push(listener);
    }));
  }

  async open(file, hash = '') {
    const loaded = this.event('Page.loadEventFired');
    await this.call('Page.navigate', { url: pathToFileURL(file).href + hash });
    await loaded;
    await this.settle();
  }

  // What the expression, or the promise that it makes, comes to.
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  }

  // Two frames: what was asked for has been laid out and drawn.
  settle() { return this.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))'); }

  async press(key) {
    const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
    const codes = { Enter: 13, Tab: 9, ArrowRight: 39, ArrowLeft: 37, Escape: 27 };
    const params = { key, text, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
    await this.call('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...params });
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...params, text: undefined });
    await this.settle();
  }

  async screenshot(clip) {
    const { data } = await this.call('Page.captureScreenshot', clip ? { clip: { ...clip, scale: clip.scale || 1 }, captureBeyondViewport: true } : {});
    return Buffer.from(data, 'base64');
  }

  async pdf() { return Buffer.from((await this.call('Page.printToPDF', { printBackground: true, preferCSSPageSize: true })).data, 'base64'); }
}

function bounded(what, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no answer to ${what}`)), LIMIT_MS); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
