// Pictures of the built site: desktop and phone, light and dark, English and Korean, a few states of each.
//   node scripts/screenshots.mjs [OUT]      (default .cache/screenshots; `make build` first)
// With `--readme` only the README's, to assets/screenshot.png.
import { mkdir } from "node:fs/promises";
import { open, serve, withBrowser } from "../tests/page/site.mjs";
import { codes } from "./languages.mjs";

const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 } },
  middle: { viewport: { width: 1024, height: 768 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

const site = await serve();

/** Opens the page so far that the first packet is at its second rewrite or at rest. */
async function shoot(file, { size, colorScheme, locale, prepare }) {
  await withBrowser({ ...SIZES[size], colorScheme, locale, serviceWorkers: "block" }, async (context) => {
    const { page, errors } = await open(context, site.url);
    await page.locator(".cm-content").waitFor({ state: "attached" }).catch(() => {});
    await prepare(page);
    await page.waitForTimeout(400);
    await page.screenshot({ path: file });
    for (const error of errors) console.error(`${file}: ${error}`);
  });
}

if (process.argv.includes("--readme")) {
  await shoot("assets/screenshot.png", {
    size: "desktop",
    colorScheme: "light",
    locale: "en-US",
    prepare: (page) => page.waitForTimeout(4200),
  });
} else {
  const out = process.argv[2] ?? ".cache/screenshots";
  await mkdir(out, { recursive: true });
  const states = { start: (page) => page.waitForTimeout(3500) };
  for (const size of Object.keys(SIZES)) {
    for (const colorScheme of ["light", "dark"]) {
      for (const locale of codes) {
        for (const [state, prepare] of Object.entries(states)) {
          await shoot(`${out}/${size}-${colorScheme}-${locale}-${state}.png`, { size, colorScheme, locale, prepare });
        }
      }
    }
  }
}
await site.close();
