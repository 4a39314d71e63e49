// SPDX-License-Identifier: GPL-2.0-or-later
// html_page.mjs TOOLS PAGES [RECORDED.html RECORDED.json]: opens in headless Chromium the pages that
// tests/programs/html_pages.c wrote to PAGES, and a recorded page with the JSON report of another run of the same
// program. Prints "ok NAME" or "bad NAME: WHY" for each check. TOOLS is where playwright-core is installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { pictures } from "./html_picture.mjs";

const [tools, pages, recordedPage, recordedJson] = process.argv.slice(2);
const { chromium } = createRequire(`${tools}/`)("playwright-core");

function is(name, expected, found) {
	const same = isDeepStrictEqual(expected, found);
	const text = (value) => JSON.stringify(value)?.slice(0, 300);

	console.log(same ? `ok ${name}` : `bad ${name}: ${text(found)} instead of ${text(expected)}`);
}

const report = (path) => JSON.parse(readFileSync(path, "utf8"));

// Records everything that a page must never do while it is open.
async function open(context, path) {
	const page = await context.newPage();

	page.wrongs = [];
	page.on("dialog", (dialog) => { page.wrongs.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
	page.on("console", (message) => page.wrongs.push(`console: ${message.text()}`));
	page.on("pageerror", (error) => page.wrongs.push(`error: ${error.message}`));
	page.on("request", (request) => {
		if (request.url().split("#")[0] !== `file://${path}`)
			page.wrongs.push(`request ${request.url()}`);
	});
	await page.goto(`file://${path}`);
	return page;
}

async function close(name, page) {
	is(`${name}: no dialog, message, error or request`, [], page.wrongs);
	await page.close();
}

// Reads the page's numbers from what it shows, in the form of a JSON report; as one string, which is quick to
// transfer.
const readNumbers = () => {
	const plain = (text) => Number(text.replaceAll(",", ""));

	return JSON.stringify([...document.querySelectorAll("section")].map((section) => ({
		name: section.querySelector("h2").textContent,
		place: section.querySelector(".place").textContent,
		list: [...document.querySelector(`[data-function~=${section.id}]`).cells].map((cell) => cell.dataset.value),
		lines: [...section.querySelectorAll("tr[id]")].map((row) => ({
			line: Number(row.cells[0].textContent),
			hits: plain(row.cells[1].textContent.replace("~", "")),
			hits_inexact: row.cells[1].textContent.startsWith("~"),
			ns: Number(row.dataset.time ?? 0),
			time: row.cells[2].textContent === "" ? null : plain(row.cells[2].textContent),
			perHit: row.cells[3].textContent === "" ? null : plain(row.cells[3].textContent),
			percent: row.cells[4].textContent.replace("~", ""),
			rough: row.cells[4].textContent.endsWith("~"),
		})),
	})));
};

const numbers = async (page) => JSON.parse(await page.evaluate(readNumbers));

const sum = (lines) => lines.reduce((total, line) => total + line.hits, 0);

// The page shows control characters by their number; JSON contains them unchanged.
const printable = (text) => text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);

// Whether two numbers differ by no more than rounding to DIGITS after the point.
const near = (a, b, digits) => Math.abs(a - b) <= 0.5 * 10 ** -digits * 1.000001;

async function sameNumbers(name, page, json) {
	const found = await numbers(page);
	const wanted = report(json).functions.sort((a, b) => b.time_ns - a.time_ns);
	let wrong = 0;

	is(`${name}: functions`, wanted.map((f) => printable(f.name)), found.map((f) => f.name));
	is(`${name}: places`, wanted.map((f) => `${f.file}:${f.line}`), found.map((f) => f.place));
	// The list of a page with samples has other columns.
	if (await page.locator(".sampled").count() === 0)
		is(`${name}: list`,
			wanted.map((f) => [f.calls, f.time_ns, f.time_ns, sum(f.lines)].map(String)),
			found.map((f) => f.list.slice(2)));
	is(`${name}: lines`, wanted.map((f) => f.lines.map((l) => [l.line, l.hits, l.hits ? l.time_ns : 0])),
		found.map((f) => f.lines.map((l) => [l.line, l.hits, l.ns])));
	wanted.forEach((f, i) => f.lines.forEach((l, k) => {
		const shown = found[i].lines[k];
		const right = l.hits === 0 ? shown.time === null && shown.perHit === null && shown.percent === "" :
			near(shown.time, l.time_ns / 1e3, 1) && near(shown.perHit, l.time_ns / 1e3 / l.hits, 3) &&
			(f.time_ns === 0 || near(Number(shown.percent), 100 * l.time_ns / f.time_ns, 1)) &&
			shown.rough === (l.below_resolution === true);

		wrong += right ? 0 : 1;
	}));
	is(`${name}: times as shown`, 0, wrong);
}

const column = (page, index) => page.$$eval("#functions tbody tr:not([hidden])",
	(rows, i) => rows.map((row) => row.cells[i].dataset.value ?? row.cells[i].textContent), index);

const ascending = (list) => list.every((value, i) => i === 0 || value >= list[i - 1]);

async function sorting(page) {
	const sort = (text) => page.click(`#functions thead button:text-is("${text}")`);
	const sorted = () => page.$$eval("#functions th[aria-sort]", (heads) => heads.map((head) => [head.textContent, head.ariaSort]));

	is("sorting: first by time", [["Time", "descending"]], await sorted());
	is("sorting: by time indeed", true, ascending((await column(page, 3)).map(Number).reverse()));
	for (const [index, text] of [[2, "Calls"], [5, "Hits"], [3, "Time"], [4, "% of all"]]) {
		await sort(text);
		is(`sorting: ${text}`, [[text, "descending"]], await sorted());
		is(`sorting: ${text}, the most first`, true, ascending((await column(page, index)).map(Number).reverse()));
		await sort(text);
		is(`sorting: ${text} again`, [[text, "ascending"]], await sorted());
		is(`sorting: ${text}, the least first`, true, ascending((await column(page, index)).map(Number)));
	}
	await sort("Function");
	is("sorting: by name",
		["collatz", "longest_chain", "parse_header", "queue_push", "queue_wait", "std::vector<int>::push_back"],
		await column(page, 0));
}

async function filtering(page) {
	const sections = () => page.$$eval("section", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.name).sort());

	await page.keyboard.press("/");
	is("filter: has the focus", "filter", await page.evaluate(() => document.activeElement.id));
	await page.keyboard.type("QUEUE");
	is("filter: by name, list", ["queue_push", "queue_wait"], (await column(page, 0)).sort());
	is("filter: by name, functions", ["queue_push", "queue_wait"], await sections());
	is("filter: says how many", "2 of 6", await page.textContent("#count"));
	await page.fill("#filter", "part2/file2");
	is("filter: by file", ["parse_header"], await column(page, 0));
	await page.keyboard.press("Escape");
	is("filter: Escape clears it", 6, (await column(page, 0)).length);
	is("filter: Escape leaves it", "BODY", await page.evaluate(() => document.activeElement.tagName));
	is("filter: everything is back", 6, (await sections()).length);
}

const at = (page) => page.evaluate(() => {
	const row = document.querySelector("tr:target");
	const box = row?.getBoundingClientRect();

	return row && [row.closest("section").dataset.name, Number(row.cells[0].textContent),
		document.activeElement === row && box.top >= 0 && box.bottom <= innerHeight];
});

// The lines to which the keys must lead, computed from the JSON report.
function hottest(json, key) {
	return report(json).functions.flatMap((f) => f.lines.map((l) => [l.hits ? l[key] : 0, f.name, l.line]))
		.filter(([amount]) => amount > 0).sort((a, b) => b[0] - a[0]).map(([, name, line]) => [name, line, true]);
}

async function keyboard(page, json) {
	const byTime = hottest(json, "time_ns");
	const byHits = hottest(json, "hits");
	const press = async (...all) => { for (const key of all) await page.keyboard.press(key); };

	await press("h");
	is("keyboard: hottest", byTime[0], await at(page));
	await press("n", "n");
	is("keyboard: next", byTime[2], await at(page));
	await press("p");
	is("keyboard: previous", byTime[1], await at(page));
	await press("h", "p");
	is("keyboard: there is none before the first", byTime[0], await at(page));
	is("keyboard: says where", `1 of ${byTime.length} by time: ${byTime[0][0]}, line ${byTime[0][1]}`, await page.textContent("#status"));
	await press("t", "h");
	is("keyboard: hottest by hits", byHits[0], await at(page));
	await press("t", "?");
	is("help: is open", true, await page.$eval("#help", (help) => help.open));
	is("help: names the keys", ["h", "n", "p", "j", "k", "l", "/", "i", "Enter", "Esc", "f", "t", "d", "Esc"], await page.$$eval("#help kbd", (all) => all.map((one) => one.textContent)));
	await press("Escape");
	is("help: Escape leaves", false, await page.$eval("#help", (help) => help.open));
	await press("l");
	is("keyboard: to the list", 0, await page.evaluate(() => scrollY));
	await press("j");
	is("keyboard: next function", true, await page.$eval("#f1", (one) => one.getBoundingClientRect().top < 120));
	await page.click("#f2 .head a");
	is("link to the hottest line", ["collatz", 6], (await at(page)).slice(0, 2));
	await page.keyboard.press("Control+n");
	is("keyboard: leaves the browser's own keys alone", ["collatz", 6], (await at(page)).slice(0, 2));
}

// The width of a line's bar, and the colour of its shade.
const look = (page, id) => page.$eval(`#${id}`, (row) => [
	getComputedStyle(row).getPropertyValue("--v"), getComputedStyle(row).backgroundColor,
	getComputedStyle(row.lastElementChild).backgroundSize.split(" ")[0]]);

async function heat(page) {
	const byTime = await look(page, "f2l10");

	is("heat: by time", "40", byTime[0]);
	await page.click("label:has(#by-hits)");
	const byHits = await look(page, "f2l10");
	is("heat: by hits", "66", byHits[0]);
	is("heat: another shade and another bar", true, byTime[1] !== byHits[1] && byTime[2] !== byHits[2]);
	await page.keyboard.press("t");
	is("heat: back by keyboard", byTime, await look(page, "f2l10"));
}

// Luminance and contrast as the Web Content Accessibility Guidelines define them.
const contrasts = () => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const paint = (under, colour) => {
		canvas.fillStyle = under;
		canvas.fillRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
	};
	const luminance = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
		.reduce((total, c, i) => total + c * [0.2126, 0.7152, 0.0722][i], 0);
	const page = getComputedStyle(document.body).backgroundColor;
	let least = 21;

	for (const one of document.querySelectorAll("h1, h2, dt, dd, th, td, a, p, li, legend, label span, button, .place, small, [role=treeitem]")) {
		if (!one.textContent.trim() || !one.checkVisibility())
			continue;
		const owner = [one, ...function* up(of) { for (let p = of.parentElement; p; p = p.parentElement) yield p; }(one)]
			.find((node) => !/, 0\)$|\/ 0\)$/.test(getComputedStyle(node).backgroundColor));
		const rgb = paint(page, owner ? getComputedStyle(owner).backgroundColor : page);
		const [a, b] = [luminance(rgb), luminance(paint(`rgb(${rgb})`, getComputedStyle(one).color))].sort((x, y) => y - x);

		least = Math.min(least, (a + 0.05) / (b + 0.05));
	}
	return least;
};

async function colours(browser, path) {
	const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

	for (const [system, other, light, dark] of [["light", "dark", "rgb(255, 255, 255)", "rgb(18, 20, 23)"], ["dark", "light", "rgb(18, 20, 23)", "rgb(255, 255, 255)"]]) {
		const context = await browser.newContext({ colorScheme: system });
		const page = await open(context, path);

		is(`colours: ${system} as the system's`, light, await background(page));
		is(`colours: ${system}, contrast of at least 4.5`, true, (await page.evaluate(contrasts)) >= 4.5);
		await page.click(`label:has(#${other})`);
		is(`colours: ${other} by the switch`, dark, await background(page));
		await page.keyboard.press("d");
		is(`colours: ${system} by keyboard`, light, await background(page));
		await page.click(`label:has(#${other})`);
		await page.reload();
		is(`colours: ${system} again when opened anew`, light, await background(page));
		await close(`colours, ${system}`, page);
		await context.close();
	}
}

async function narrow(browser, path) {
	const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
	const page = await open(context, path);
	const widths = () => page.$$eval("#f2l6 > *", (cells) => cells.map((cell) => cell.getBoundingClientRect().width > 20));

	is("narrow: nothing sticks out", 360, await page.evaluate(() => document.documentElement.scrollWidth));
	is("narrow: line, share and source", [true, false, false, false, true, true], await widths());
	is("narrow: room for the source", true, await page.$eval("#f2l6 td:last-child", (cell) => cell.getBoundingClientRect().width > 220));
	await page.keyboard.press("t");
	is("narrow: line, hits and source", [true, true, false, false, false, true], await widths());
	await page.check("#all");
	is("narrow: all columns", [true, true, true, true, true, true], await widths());
	is("narrow: all columns, nothing sticks out", 360, await page.evaluate(() => document.documentElement.scrollWidth));
	await close("narrow", page);
	await context.close();
}

async function withoutScript(browser, path) {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();

	await page.goto(`file://${path}`);
	is("without a script: no switches", false, await page.isVisible("#tools"));
	is("without a script: the list", true, await page.isVisible("text=% of all >> nth=0"));
	is("without a script: the source", true, await page.isVisible("text=return steps;"));
	await page.click("#f2 .head a");
	is("without a script: link to the hottest line", true, page.url().endsWith("#f2l6"));
	await context.close();
}

async function printed(context, path) {
	const page = await open(context, path);

	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	is("print: on white", "rgb(255, 255, 255)", await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
	is("print: no switches", false, await page.isVisible("#tools"));
	is("print: is a PDF", "%PDF", (await page.pdf()).subarray(0, 4).toString());
	await close("print", page);
}

async function hostile(context, path, json) {
	const page = await open(context, path);
	const source = readFileSync(path.replace(/html$/, "c"), "latin1").split("\n");

	await sameNumbers("hostile", page, json);
	is("hostile: one script", 1, await page.$$eval("script", (all) => all.length));
	is("hostile: no element of theirs", 0, await page.$$eval("img, svg, iframe, base, link, meta[http-equiv=refresh], [onerror], [onx]", (all) => all.length));
	is("hostile: source as it is", [source[0], source[1], source[3], source[4]], await page.$$eval("#f1 tr[id] td:last-child", (all) => all.map((one) => one.textContent).filter((text, i) => i !== 2)));
	is("hostile: bytes that are no text", "\\xff\\xfe \\xc0\\xaf \\x1b]0;x\\x07 caf\u00e9 &amp; &lt;b&gt;", await page.textContent("#f1l3 td:last-child"));
	await page.click("#picture-tree > :nth-child(3)");
	is("hostile: the picture's names", ["all", "</script>", "\\x0a\t<!--", "--></div></main>"],
		await page.$$eval("#picture-tree > *", (all) => all.map((one, i) => one.textContent.slice(0, [3, 9, 9, 16][i]))));
	is("hostile: in the picture's detail", true, (await page.textContent("#picture-detail")).includes("</div></script><script>alert(1)</script>"));
	is("hostile: one script, still", 1, await page.$$eval("script", (all) => all.length));
	is("hostile: title", true, (await page.title()).startsWith("</title></script><script>alert(1)"));
	is("hostile: no dialog, message, error or request", [], page.wrongs);

	// If escaping ever failed, the policy must still hold: a script put into the page does not run and fetches
	// nothing.
	const blocked = new Promise((resolve) => { page.on("requestfailed", (request) => resolve(request.failure().errorText)); });
	await page.evaluate(() => {
		document.body.insertAdjacentHTML("beforeend", "<img src='https://example.invalid/' onerror='alert(1)'>");
		document.body.append(Object.assign(document.createElement("script"), { textContent: "alert(2)" }));
	});
	is("hostile: the policy blocks what would be fetched", "csp", await blocked);
	is("hostile: the policy blocks handler, script and picture", 3, page.wrongs.filter((wrong) => /^console: .*Content Security Policy/s.test(wrong)).length);
	is("hostile: nothing was run", [], page.wrongs.filter((wrong) => wrong.startsWith("dialog")));
	await page.close();
}

async function large(context, path, json) {
	let page, opened = Infinity;

	// The best of three attempts, because the machine may be busy.
	for (let i = 0; i < 3 && opened > 2000; i++) {
		const start = performance.now();

		await page?.close();
		page = await open(context, path);
		opened = Math.min(opened, performance.now() - start);
	}
	const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
	const before = performance.now();

	await page.keyboard.press("h");
	const jumped = performance.now() - before;
	is("large: hottest", hottest(json, "time_ns")[0].slice(0, 2), (await at(page)).slice(0, 2));
	is("large: rows", 100000, await page.$$eval(".lines tbody tr", (rows) => rows.length));
	await sameNumbers("large", page, json);
	is(`large: opened in less than 5 s (${opened.toFixed()} ms)`, true, opened < 5000);
	console.log(`note 20 functions of 5000 lines, ${(readFileSync(path).length / 1e6).toFixed(1)} MB: ` +
		`first seen after ${painted.toFixed()} ms, complete after ${opened.toFixed()} ms, hottest line found in ${jumped.toFixed()} ms`);
	await close("large", page);
}

async function small(context, path, json) {
	let page = await open(context, path);

	await sameNumbers("functions", page, json);
	await sorting(page);
	await filtering(page);
	await close("list", page);
	page = await open(context, path);
	await heat(page);
	await keyboard(page, json);
	await close("lines", page);
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
	const functions = `${pages}/functions.html`;

	await small(context, functions, `${pages}/functions.json`);
	await colours(browser, functions);
	await narrow(browser, functions);
	await withoutScript(browser, functions);
	await printed(context, functions);
	await hostile(context, `${pages}/hostile.html`, `${pages}/hostile.json`);
	await pictures(browser, { is, open, close, contrasts }, pages);
	await large(context, `${pages}/large.html`, `${pages}/large.json`);

	const empty = await open(context, `${pages}/empty.html`);
	is("empty: says so", true, await empty.isVisible("text=There is no function in this profile."));
	for (const key of ["h", "n", "j", "/", "Escape"])
		await empty.keyboard.press(key);
	await close("empty", empty);

	const recorded = await open(context, recordedPage);
	const hits = (functions) => functions.map((f) =>
		[f.name, f.lines.map((l) => [l.line, l.hits, l.hits_inexact ?? false])]).sort();
	is("recorded: hits", hits(report(recordedJson).functions), hits(await numbers(recorded)));
	await close("recorded", recorded);
} finally {
	await browser.close();
}
