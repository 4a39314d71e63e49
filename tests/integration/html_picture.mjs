// SPDX-License-Identifier: GPL-2.0-or-later
// html_picture.mjs: the checks of html_page.mjs that are about sampled stacks: the picture of calls, and the functions
// that a line calls. The numbers are those of the page "calls" of tests/programs/html_pages.c.

// The boxes as they are drawn, from the top: name, share as said to a screen reader, left edge and width in hundredths
// of the picture's width.
const boxes = (page) => page.evaluate(() => {
	const tree = document.getElementById("picture-tree");
	const part = (pixels) => Math.round(100 * pixels / tree.clientWidth);

	return [...tree.children].map((one) => {
		const [, name, share] = one.getAttribute("aria-label").match(/^(.*), ([0-9.]+ %)$/s);
		const level = Number(one.getAttribute("aria-level"));

		return { name, share, level, left: part(one.offsetLeft), width: part(one.offsetWidth), row: one.offsetTop / 20, pixels: one.getBoundingClientRect().width };
	});
});

const named = async (page, name) => (await boxes(page)).filter((box) => box.name === name);
const box = (page, name) => page.locator(`#picture-tree > [aria-label^="${name}, "]`).first();
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
const detail = async (page) => (await page.innerText("#picture-detail")).replaceAll(/\s+/g, " ");
const path = (page) => page.$$eval("#picture-path button", (all) => all.map((one) => one.textContent));

const rows = (page) => page.$$eval("#functions tbody tr:not([hidden])", (all) => all.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));

async function list(page, is) {
	const all = await rows(page);

	is("list: all functions, those with most own time first", [["collatz", "calls.c:2", "59.0", "378 ms", "59.0", "378 ms", "", "10,000"],
		["__memmove_avx_unaligned_erms", "libc.so.6 no debug information", "5.3", "34 ms", "5.3", "34 ms", "", ""]], all.slice(0, 2));
	is("list: what waited, with calls", ["longest_chain", "calls.c:18", "2.0", "13 ms", "87.8", "563 ms", "240 ms", "1"], all.find(([name]) => name === "longest_chain"));
	is("list: not counted, no calls", ["parse_header", "calls.c:32", "3.3", "21 ms", "9.8", "63 ms", "61 ms", ""], all.find(([name]) => name === "parse_header"));
	is("list: nobody knows where", ["[unknown]", "", "2.0", "13 ms", "2.0", "13 ms", "", ""], all.find(([name]) => name === "[unknown]"));
	is("list: never sampled, but counted", ["queue_drain", "calls.c:60", "", "", "", "", "", "5"], all.at(-1));
	await page.click("#functions thead button:text-is('Total %')");
	is("list: by total time", ["_start", "__libc_start_main", "main", "longest_chain"].sort(), (await rows(page)).slice(0, 4).map(([name]) => name).sort());
	await page.focus("#functions thead button:text-is('Calls')");
	await page.keyboard.press("Enter");
	is("list: by calls, by keyboard", ["collatz", "queue_drain", "longest_chain"], (await rows(page)).slice(0, 3).map(([name]) => name));
	await page.fill("#filter", "chain");
	is("list: filtered, with the lines", [["longest_chain"], ["longest_chain"]], [(await rows(page)).map(([name]) => name),
		await page.$$eval("section", (some) => some.filter((one) => one.checkVisibility()).map((one) => one.dataset.name))]);
	await page.fill("#filter", "");
	await page.click("#functions a:text-is('strtol')");
	is("list: a name without lines leads to the picture", "strtol, 1.8 %", await focused(page));
	await page.keyboard.press("Escape");
	await page.fill("#picture-search", "");
	await page.click(".bare summary");
	is("list: how to get debug information", ["0123456789abcdef", "0123456789abcdef", "0123456789abcdef"], await page.$$eval(".bare code", (some) => some.slice(0, 3).map((one) => one.innerText)));
	is("lines: not counted, neither hits nor a time per hit", ["34", "", "124,000.0", "", "100.0", "49.2"], await page.$$eval("#f3l34 > *", (cells) => cells.slice(0, 6).map((cell) => cell.textContent)));
	is("lines: not counted, said so", [0, true], await page.$eval("#f3", (one) => [[...one.querySelectorAll("dt")].filter((dt) => ["Calls", "Hits"].includes(dt.textContent)).length, one.innerText.includes("sample")]));
}

async function shape(page, is) {
	const all = await boxes(page);
	const top = all.filter((one) => one.level <= 5).map((one) => [one.name, one.share, one.width]);

	is("picture: the upper boxes, the longest first", [["all", "100.0 %", 100], ["_start", "98.6 %", 99],
		["__libc_start_main", "98.6 %", 99], ["main", "98.6 %", 99], ["longest_chain", "85.2 %", 85], ["parse_header", "13.2 %", 13]],
		top.slice(0, 5).concat(top.filter(([name]) => name === "parse_header")));
	is("picture: a function in two places", [["39.3 %", 6], ["0.8 %", 6]], (await named(page, "collatz")).map((one) => [one.share, one.level]));
	is("picture: rows are levels", true, all.every((one) => one.row === one.level - 1));
	is("picture: nothing sticks out", true, all.every((one) => one.left + one.width <= 101));
	is("picture: functions with a table are drawn apart", ["collatz", "longest_chain", "parse_header"],
		await page.$$eval("#picture-tree > .tabled", (some) => [...new Set(some.map((one) => one.ariaLabel.split(",")[0]))].sort()));
}

async function zooming(page, is) {
	await box(page, "queue_push").click();
	is("zoom: by a click", [{ left: 0, width: 100 }], (await named(page, "queue_push")).map(({ left, width }) => ({ left, width })));
	is("zoom: callers stay, as wide", [100, 100, 100, 100, 100, 100], (await boxes(page)).slice(0, 6).map((one) => one.width));
	is("zoom: the way there", ["all", "_start", "__libc_start_main", "main", "longest_chain", "queue_push"], await path(page));
	is("zoom: what is elsewhere is gone", [], await named(page, "parse_header"));
	is("zoom: shares are of all", "12.1 %", (await named(page, "queue_push"))[0].share);
	await page.keyboard.press("Escape");
	is("zoom: Escape goes back", 100, (await named(page, "all"))[0].width);
	is("zoom: the focus stays", "queue_push, 12.1 %", await focused(page));
	await box(page, "getline").click();
	await page.click("#picture-path button:text-is('main')");
	is("zoom: by the way there", ["main", 100, 13], ["main", (await named(page, "main"))[0].width, (await named(page, "parse_header"))[0].width]);
	await page.click("#picture-back");
	is("zoom: back by the button", 100, (await named(page, "getline"))[0].width);
	await page.click("#picture-back");
	is("zoom: no further back", true, await page.isDisabled("#picture-back"));
}

async function keyboard(page, is) {
	const press = async (...all) => { for (const key of all) await page.keyboard.press(key); };

	await press("l");
	await page.evaluate(() => document.activeElement.blur());
	await press("i", "Home");
	is("picture, keyboard: has the focus", "all, 100.0 %", await focused(page));
	await press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown");
	is("picture, keyboard: down", "longest_chain, 85.2 %", await focused(page));
	is("picture, keyboard: the focus is seen", "solid", await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle));
	await press("ArrowRight");
	is("picture, keyboard: right", "parse_header, 13.2 %", await focused(page));
	await press("ArrowRight");
	is("picture, keyboard: there is none on the right", "parse_header, 13.2 %", await focused(page));
	await press("ArrowLeft", "ArrowDown", "ArrowRight");
	is("picture, keyboard: left, down, right", "queue_wait, 25.8 %", await focused(page));
	is("picture, keyboard: one box in the order of tabs", 1, await page.locator("#picture-tree > [tabindex='0']").count());
	await press("Enter");
	is("picture, keyboard: Enter zooms", 100, (await named(page, "queue_wait"))[0].width);
	await press("Escape", "ArrowUp", " ");
	is("picture, keyboard: up, and the space zooms", 100, (await named(page, "longest_chain"))[0].width);
	await press("Backspace", "End");
	is("picture, keyboard: to the end of the longest", "collatz, 39.3 %", await focused(page));
	await press("Escape");
	is("picture, keyboard: Escape leaves", "BODY", await page.evaluate(() => document.activeElement.tagName));
}

async function searching(page, is) {
	await page.keyboard.press("f");
	await page.keyboard.type("COLL");
	is("search: share of what is found", "1 found, 40.1 %", await page.textContent("#picture-found"));
	is("search: is marked", ["collatz, 39.3 %", "collatz, 0.8 %"], await page.$$eval("#picture-tree > .found", (all) => all.map((one) => one.ariaLabel)));
	await page.keyboard.press("Enter");
	is("search: Enter goes there", "collatz, 39.3 %", await focused(page));
	await page.fill("#picture-search", "calls.c");
	is("search: by file, each sample once", true, /found, 98\.\d %$/.test(await page.textContent("#picture-found")));
	await page.fill("#picture-search", "no such");
	is("search: nothing", "none found", await page.textContent("#picture-found"));
	await page.press("#picture-search", "Escape");
	is("search: Escape clears", ["", 0], [await page.textContent("#picture-found"), await page.locator(".faint, .found").count()]);
}

async function describing(page, is) {
	await box(page, "pthread_cond_wait").hover();
	is("detail: a function without debug information", "pthread_cond_wait no debug information \u00b7 /usr/lib/x86_64-linux-gnu/libc.so.6 \u00b7 " +
		"build ID 0123456789abcdef total 242 ms (25.7 %) own 242 ms (25.7 %) waiting 240 ms samples 3", await detail(page));
	await box(page, "collatz").click();
	is("detail: a function in two places", true, (await detail(page)).endsWith("samples 370 in all 2 places 378 ms (40.1 %)"));
	await page.click("#picture-detail a");
	is("detail: the name leads to the lines", ["#f2", true], await page.evaluate(() => [location.hash, Math.abs(document.querySelector("#f2").getBoundingClientRect().top) < 200]));
	await page.click("#f1 .head a:text-is('in the picture')");
	is("lines: to the picture", ["longest_chain, 85.2 %", 100], [await focused(page), (await named(page, "longest_chain"))[0].width]);
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
}

async function measures(page, is) {
	await page.click("label:has(#on-cpu)");
	is("measure: on a processor", ["0.5 %", "57.7 %"], [(await named(page, "queue_wait"))[0].share, (await named(page, "collatz"))[0].share]);
	await page.click("label:has(#elapsed)");
	is("measure: elapsed", "25.8 %", (await named(page, "queue_wait"))[0].share);
	const colour = () => box(page, "collatz").evaluate((one) => getComputedStyle(one).backgroundColor);
	const before = await colour();
	await page.click("label:has(#by-own)");
	is("colour: by own time", true, before !== await colour());
	await page.click("label:has(#by-object)");
	is("colour: by object", before, await colour());
}

async function callees(page, is) {
	const line = page.locator("#f1l23");

	is("callees: closed at first", false, await line.locator("ol").isVisible());
	is("callees: the row is no higher", 18, await line.evaluate((row) => row.offsetHeight));
	await line.locator("summary").click();
	is("callees: the five longest and the others", ["83.7 % 370 ms collatz", "12.2 % 54 ms trace", "0.7 % 3 ms check_a", "0.5 % 2 ms check_b", "0.5 % 2 ms check_c", "0.5 % 2 ms 2 others"],
		(await line.locator("li").allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ")));
	is("callees: a link to their lines", "#f2", await line.locator("li a").getAttribute("href"));
	is("callees: a line without", 0, await page.locator("#f2l6 details").count());
}

async function crowd(context, { is, open, close }, pages) {
	let opened = Infinity, page;

	// The best of three attempts, because the machine may be busy.
	for (let i = 0; i < 3 && opened > 3000; i++) {
		const start = performance.now();

		await page?.close();
		page = await open(context, `${pages}/crowd.html`);
		opened = Math.min(opened, performance.now() - start);
	}
	const all = await boxes(page);
	const others = all.filter((one) => one.name === "[others]");

	is(`crowd: opened in less than 6 s (${opened.toFixed()} ms)`, true, opened < 6000);
	is("crowd: nothing narrower than half a pixel is drawn", true, all.every((one) => one.pixels > 0.49) && all.length < 20000);
	is("crowd: the others are drawn together", true, others.length > 100 && others.some((one) => one.pixels > 1));
	// One beside boxes that are drawn.
	const some = await page.evaluateHandle(() => [...document.querySelectorAll("#picture-tree > .others")]
		.findLast((one) => Number(one.previousElementSibling.ariaLevel) >= Number(one.ariaLevel)));
	await some.asElement().press("Enter");
	is("crowd: Enter on them shows them", true, (await boxes(page)).some((one) => one.level > 5 && one.pixels > 300));
	is("crowd: and where that is", "[others]", await page.textContent("#picture-path > :last-child"));
	console.log(`note 50 000 nodes: opened after ${opened.toFixed()} ms, ${all.length} boxes drawn`);
	await close("crowd", page);
}

async function looks(browser, { is, open, close, contrasts }, pages) {
	for (const colorScheme of ["light", "dark"]) {
		const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme, reducedMotion: "reduce" });
		const page = await open(context, `${pages}/calls.html`);

		is(`picture: narrow, ${colorScheme}: nothing sticks out`, 360, await page.evaluate(() => document.documentElement.scrollWidth));
		for (const paint of ["own", "object"]) {
			await page.click(`label:has(#by-${paint})`);
			is(`picture: ${colorScheme} by ${paint}, contrast of at least 4.5`, true, (await page.evaluate(contrasts)) >= 4.5);
		}
		await page.fill("#picture-search", "collatz");
		is(`picture: ${colorScheme}, found, contrast of at least 4.5`, true, (await page.evaluate(contrasts)) >= 4.5);
		await close(`picture, ${colorScheme}`, page);
		await context.close();
	}
}

export async function pictures(browser, tools, pages) {
	const { is, open, close } = tools;
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
	const page = await open(context, `${pages}/calls.html`);

	for (const check of [list, shape, zooming, keyboard, searching, measures, describing, callees])
		await check(page, is);
	await page.emulateMedia({ media: "print" });
	is("picture: is printed, its switches are not", [true, false], [await page.isVisible("#picture-tree"), await page.isVisible("#picture-search")]);
	await close("picture", page);
	await crowd(context, tools, pages);
	await context.close();
	await looks(browser, tools, pages);

	const still = await browser.newContext({ javaScriptEnabled: false });
	const plain = await still.newPage();

	await plain.goto(`file://${pages}/calls.html`);
	is("without a script: no picture, and no data", [false, false], [await plain.isVisible("#picture"), await plain.isVisible("#picture-nodes")]);
	await plain.click("#f1l23 summary");
	is("without a script: callees", true, await plain.isVisible("#f1l23 li a"));
	await still.close();
}
