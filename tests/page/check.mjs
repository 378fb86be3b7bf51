// The pages of `dfguard inspect` in a real browser: accessibility, keyboard, no network, hostile content, narrow and printed.
// node check.mjs PACKAGES CHROMIUM FOLDER: node packages, the browser, the folder with the pages. SHOTS=FOLDER takes pictures.
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, executablePath, folder] = process.argv.slice(2);
const require = createRequire(join(resolve(packages), "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 320, height: 640 } };
let passed = 0;
const failures = [];
const check = (what, isTrue, detail = "") => {
  if (isTrue) passed += 1;
  else failures.push(`${what}${detail ? `: ${detail}` : ""}`);
};

const open = async (browser, file, colorScheme, size) => {
  const context = await browser.newContext({ colorScheme, viewport: SIZES[size], reducedMotion: "reduce" });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const seen = { requests: [], messages: [] };
  page.on("request", (request) => { if (request.url() !== url) seen.requests.push(request.url()); });
  page.on("console", (message) => { if (message.type() !== "log") seen.messages.push(message.text()); });
  page.on("pageerror", (error) => seen.messages.push(String(error)));
  page.on("dialog", (dialog) => { seen.messages.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(url);
  return { context, page, seen };
};

const accessible = async (page, name) => {
  // axe runs in the page's own world, past its policy, as a debugger would.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((v) => `${v.id} (${v.nodes.length}: ${v.nodes[0].target} ${v.nodes[0].failureSummary})`);
  check(`${name}: axe finds nothing`, violations.length === 0, told.join("; "));
};

const look = async (browser, file, name) => {
  for (const scheme of ["light", "dark"]) {
    for (const size of Object.keys(SIZES)) {
      const label = `${name}, ${scheme}, ${size}`;
      const { context, page, seen } = await open(browser, file, scheme, size);
      if (shots) await page.screenshot({ path: join(shots, `${name}-${scheme}-${size}.png`), fullPage: true });
      const { wide, inner } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, inner: innerWidth }));
      check(`${label}: nothing sticks out`, wide <= inner, `${wide} > ${inner}`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
      await accessible(page, label);
      check(`${label}: no request but the page itself`, seen.requests.length === 0, seen.requests.join(" "));
      check(`${label}: no message, no dialog`, seen.messages.length === 0, seen.messages.join(" "));
      await context.close();
    }
  }
};

const said = (page) => page.locator("#said").textContent();
const chosen = (page) => page.locator('.pick[aria-current="step"]').count();

const step = async (browser, file, name) => {
  const { context, page, seen } = await open(browser, file, "light", "wide");
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement.classList.contains("pick"))); i += 1) {
    await page.keyboard.press("Tab");
  }
  check(`${name}: Tab reaches the instructions`, await page.evaluate(() => document.activeElement.classList.contains("pick")));
  await page.keyboard.press("Home");
  const first = await said(page);
  check(`${name}: Home goes to the first step`, first.startsWith("Step 1 of "), first);
  await page.keyboard.press("ArrowDown");
  const second = await said(page);
  check(`${name}: the arrow key goes on and says so`, second.startsWith("Step 2 of "), second);
  check(`${name}: one instruction is current`, (await chosen(page)) === 1);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  check(`${name}: focus is visible`, outline === "solid", outline);
  check(`${name}: the focus moves along`, await page.evaluate(() => document.activeElement.matches('[aria-current="step"]')));
  await page.keyboard.press("ArrowUp");
  check(`${name}: and back`, (await said(page)).startsWith("Step 1 of "));
  await page.keyboard.press("End");
  const total = Number(first.match(/of (\d+)/)[1]);
  check(`${name}: End goes to the last`, (await said(page)).startsWith(`Step ${total} of `));
  await page.locator("#previous").press("Enter");
  check(`${name}: the button goes back`, (await said(page)).startsWith(`Step ${total - 1} of `));
  await page.locator(".ins").last().scrollIntoViewIfNeeded();
  const box = await page.locator("#state").boundingBox();
  const height = page.viewportSize().height;
  check(`${name}: the state stays in view beside the last instruction`, box.y < height - 100 && box.y + box.height > 100);
  await page.locator(".ins").first().click();
  check(`${name}: a click chooses`, (await said(page)).startsWith("Step 1 of "));
  await page.keyboard.press("Tab");
  await page.emulateMedia({ media: "print" });
  check(`${name}: prints without the buttons`, !(await page.locator("#next").isVisible()));
  check(`${name}: quiet throughout`, seen.requests.length + seen.messages.length === 0, seen.messages.join(" "));
  await context.close();
};

const hostile = async (browser, file) => {
  const { context, page } = await open(browser, file, "light", "wide");
  const body = await page.evaluate(() => ({
    hacked: window.hacked === undefined,
    scripts: document.scripts.length,
    images: document.images.length,
    text: document.body.innerText,
  }));
  check("hostile: nothing ran", body.hacked);
  check("hostile: two script elements, both ours", body.scripts === 2 && body.images === 0);
  check("hostile: the markup is shown as text", body.text.includes("</script><script>"));
  // eslint-disable-next-line no-control-regex
  check("hostile: nothing invisible is left", !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(body.text));
  await context.close();
};

const plain = async (browser, file) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  check("without scripts: it says so and shows the rest", await page.locator("#runtime .tree").isVisible());
  await context.close();
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const file of readdirSync(folder).filter((name) => name.endsWith(".html")).sort()) {
  const path = resolve(folder, file);
  const name = file.replace(".html", "");
  await look(browser, path, name);
  await step(browser, path, name);
  if (name === "hostile") await hostile(browser, path);
  if (name === "broken") await plain(browser, path);
}
await browser.close();
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
