// SPDX-License-Identifier: GPL-2.0-or-later
// speedscope.js MODULES FILE: opens FILE in speedscope, which is below the folder MODULES, like speedscope's own
// command but in jsdom. Prints what it saves on Ctrl-S: the profile as speedscope has understood it.
"use strict";

const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const [modules, file] = process.argv.slice(2).map((argument) => path.resolve(argument));
const { JSDOM, VirtualConsole } = createRequire(path.join(modules, "x"))("jsdom");
const release = path.join(modules, "node_modules/speedscope/dist/release");

function fail(message) {
	console.error(`speedscope: ${message}`);
	process.exit(1);
}

function start() {
	const virtualConsole = new VirtualConsole();
	const page = fs.readFileSync(path.join(release, "index.html"), "utf8");
	const script = page.match(/<script src="([^"]+)">/)[1];
	// Errors that do not keep a profile from being opened, such as a missing drawing surface, are not failures.
	const complaints = [];
	virtualConsole.on("error", (...message) => complaints.push(message.join(" ")));
	const dom = new JSDOM("<!DOCTYPE html><head></head><body></body>", {
		// A file's page has no local storage in jsdom. Nothing is fetched from here.
		url: "http://localhost/index.html#localProfilePath=none",
		runScripts: "outside-only",
		pretendToBeVisual: true,
		virtualConsole,
	});
	const { window } = dom;
	// Functions that browsers have and jsdom lacks.
	for (const name of ["TextDecoder", "TextEncoder", "Worker", "fetch"]) window[name] ||= globalThis[name];
	window.matchMedia = () => ({ matches: false, addListener() {}, addEventListener() {} });
	window.Element.prototype.scrollIntoView = () => {};
	window.HTMLAnchorElement.prototype.click = () => {};
	window.eval(fs.readFileSync(path.join(release, script), "utf8"));
	return { window, complaints };
}

async function main() {
	const { window, complaints } = start();
	const before = window.document.title;
	window.URL.createObjectURL = (blob) => {
		const reader = new window.FileReader();
		reader.onload = () => process.stdout.write(reader.result + "\n", () => process.exit(0));
		reader.readAsText(blob);
		return "blob:";
	};
	window.speedscope.loadFileFromBase64(path.basename(file), fs.readFileSync(file).toString("base64"));
	for (let tries = 0; tries < 200 && window.document.title === before; tries++)
		await new Promise((resolve) => setTimeout(resolve, 50));
	if (window.document.title === before) fail(`${file} was not opened: ${complaints.join("; ")}`);
	for (let tries = 0; tries < 100; tries++) {
		window.dispatchEvent(new window.KeyboardEvent("keydown", { key: "s", ctrlKey: true }));
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	fail(`${file} was opened but not saved: ${complaints.join("; ")}`);
}

process.on("unhandledRejection", (error) => fail(error && error.stack));
main();
