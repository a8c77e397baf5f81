// What the pages of `zkreg replay --report` look like, asked of a real browser.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { pathToFileURL } = require("node:url");

const WORK = process.env.WORK;
const { chromium } = require(path.join(WORK, "node_modules", "playwright-core"));

/// The pages that `run` has made, with something that stands on each.
const PAGES = {
  one: ["All went as written", "insufficient_free", "In the end", "Tokens over time", "Releases:"],
  many: ["All went as written", "all scenarios", "deregistration/"],
  log: ["Starts from", "assumed:", "2025-06-16", "Free again"],
  wrong: ["2 steps otherwise than written", "wrong.scenario:", "insufficient_free", "does not hold"],
};
const WIDTHS = [320, 360, 768, 940, 1280];

let browser;

before(async () => {
  browser = await chromium.launchPersistentContext(path.join(WORK, "profile"), {
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => browser?.close());

/// Opens a page; whatever it complains of or asks for is kept.
async function open(name, { width = 1280, scheme = "light", media = "screen" } = {}) {
  const page = await browser.newPage();
  const url = pathToFileURL(path.join(WORK, `${name}.html`)).href;
  const told = [];
  page.on("console", (message) => told.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => told.push(`error: ${error}`));
  page.on("request", (request) => request.url() !== url && told.push(`request: ${request.url()}`));
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme: scheme, media });
  await page.goto(url);
  return { page, told };
}

async function picture(page, name) {
  if (process.env.SHOTS) {
    fs.mkdirSync(process.env.SHOTS, { recursive: true });
    const file = path.join(process.env.SHOTS, `${name}.png`);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const { width } = page.viewportSize();
    await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, 4000) } });
  }
}

for (const [name, texts] of Object.entries(PAGES)) {
  test(`${name}: says what it should, and neither complains nor loads anything`, async () => {
    const { page, told } = await open(name);
    const said = await page.evaluate(() => document.body.innerText);
    for (const text of texts) {
      assert.ok(said.includes(text), `${text} stands on the page`);
    }
    assert.equal(await page.locator("h1").count(), 1);
    await picture(page, `${name}-desktop`);
    await page.close();
    assert.deepEqual(told, []);
  });

  test(`${name}: nothing is wider than the screen`, async () => {
    for (const width of WIDTHS) {
      const { page } = await open(name, { width });
      const wide = await page.evaluate(() => {
        const edge = document.documentElement.clientWidth;
        const sticksOut = (it) => {
          const box = it.getBoundingClientRect();
          return box.width > 1 && box.height > 1 && box.right > edge + 0.5;
        };
        const found = [...document.body.querySelectorAll("*")].filter(sticksOut);
        const shown = found.slice(0, 3).map((it) => it.outerHTML.slice(0, 120));
        return { scroll: document.documentElement.scrollWidth - edge, shown };
      });
      assert.deepEqual(wide, { scroll: 0, shown: [] }, `${width} px`);
      if (width === 360) await picture(page, `${name}-phone`);
      await page.close();
    }
  });

  test(`${name}: every text can be read, in light and dark and on paper`, async () => {
    for (const [scheme, media] of [["light", "screen"], ["dark", "screen"], ["dark", "print"]]) {
      const { page } = await open(name, { scheme, media });
      const faint = await page.evaluate(faintTexts);
      assert.deepEqual(faint, [], `${scheme} ${media}`);
      if (scheme === "dark" && media === "screen") await picture(page, `${name}-dark`);
      await page.close();
    }
  });

  test(`${name}: is printed`, async () => {
    const { page } = await open(name, { width: 688, media: "print" });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0);
    const file = path.join(process.env.SHOTS ?? WORK, `${name}.pdf`);
    const pdf = await page.pdf({ path: file, format: "A4", printBackground: false });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    assert.ok(pdf.length > 10_000, `${pdf.length} bytes`);
    await picture(page, `${name}-print`);
    await page.close();
  });
}

test("plots are pictures with a text, one for each width, whose areas stand out", async () => {
  for (const scheme of ["light", "dark"]) {
    for (const [width, shown] of [[1280, "wide"], [360, "narrow"]]) {
      const { page } = await open("log", { width, scheme });
      const plots = page.locator(".plot");
      const count = await plots.count();
      assert.ok(count >= 10, `${count} plots`);
      for (const plot of await plots.all()) {
        const isShown = (await plot.getAttribute("class")).includes(shown);
        assert.equal(await plot.isVisible(), isShown);
      }
      const svg = page.locator(`.plot.${shown} svg`).first();
      assert.match(await svg.getAttribute("aria-label"), /^Tokens of .* MPC/);
      assert.equal(await svg.getAttribute("role"), "img");
      const faint = await page.evaluate(faintAreas, shown);
      assert.deepEqual(faint, [], `${scheme} ${shown}`);
      await page.close();
    }
  }
});

test("labels of plots are whole, do not overlap and are large enough on a phone", async () => {
  for (const width of [320, 360, 768, 1280]) {
    const { page } = await open("log", { width });
    const found = await page.evaluate(() => {
      const plots = [...document.querySelectorAll(".plot svg")].filter((it) => it.clientWidth > 0);
      const overlaps = [];
      const cut = [];
      let smallest = Infinity;
      for (const plot of plots) {
        const boxes = [...plot.querySelectorAll("text")].map((it) => it.getBoundingClientRect());
        const frame = plot.getBoundingClientRect();
        const label = plot.getAttribute("aria-label").slice(0, 60);
        for (const [index, one] of boxes.entries()) {
          smallest = Math.min(smallest, one.height);
          if (one.left < frame.left || one.right > frame.right) cut.push(label);
          for (const other of boxes.slice(index + 1)) {
            const apart =
              one.right <= other.left || other.right <= one.left ||
              one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
            if (!apart) overlaps.push(label);
          }
        }
      }
      return { overlaps, cut, smallest };
    });
    assert.deepEqual(found.overlaps, [], `${width} px`);
    assert.deepEqual(found.cut, [], `${width} px`);
    assert.ok(found.smallest >= 9, `${found.smallest} px high at ${width} px`);
    await page.close();
  }
});

test("the index leads to every scenario", async () => {
  const { page } = await open("many");
  const links = await page.locator(".contents a").evaluateAll((all) => all.map((it) => it.hash));
  assert.ok(links.length >= 40, `${links.length} links`);
  for (const hash of links) {
    assert.equal(await page.locator(`article${hash}`).count(), 1, hash);
  }
  await page.close();
});

/// Runs in the page: contrast of two colours, as WCAG 2.2 defines it.
const CONTRAST = `
  const channels = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((it) => {
      const part = it / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(it).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
`;

/// Texts with a contrast below 4.5 to what is behind them.
const faintTexts = `(() => { ${CONTRAST}
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const ratio = contrast(channels(colour).rgb, ground(element));
    if (ratio < 4.5) faint.add(\`\${ratio.toFixed(2)}: \${texts.currentNode.data.trim().slice(0, 40)}\`);
  }
  return [...faint].slice(0, 5);
})()`;

/// Areas of plots with a contrast below 3 to the card on which they lie.
const faintAreas = `(() => { ${CONTRAST}
  const faint = new Set();
  let seen = 0;
  for (const area of document.querySelectorAll(".plot svg polygon")) {
    if (!area.checkVisibility()) continue;
    seen += 1;
    const ratio = contrast(channels(getComputedStyle(area).fill).rgb, ground(area.parentElement));
    if (ratio < 3) faint.add(\`\${ratio.toFixed(2)}: \${area.getAttribute("fill")}\`);
  }
  return seen > 0 ? [...faint] : ["no area"];
})()`;
