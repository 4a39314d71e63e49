/*
 * The picture of calls, an icicle: each box is a function with all that it called, as wide as the time that went there,
 * and what it called is below it. Boxes narrower than half a pixel are drawn together, as one box [others].
 */
(() => {
	"use strict";

	const ROW = 20; /* height of a box in pixels, as in the style sheet */
	const LEAST = 0.5; /* width in pixels that a box needs to be drawn */
	const NAMED = 18; /* width in pixels that a box needs to show the beginning of its name */
	const MOVING = 1200; /* so many boxes can move at once without stutter */
	const HUES = [62, 245, 150, 320, 195, 105, 285, 20]; /* of objects, those with the most time first */

	const byId = (id) => document.getElementById(id);
	const picture = byId("picture");

	if (!picture)
		return;

	const [tree, path, detail, legend, search, found, back] =
		["tree", "path", "detail", "legend", "search", "found", "back"].map((part) => byId(`picture-${part}`));
	const view = document.documentElement.dataset;

	/* The data. Node 0 is made here and stands for everything. A parent comes before its children. */
	const noFunction = (name) => ({ name, file: "", line: "0", object: "", build: "", tables: new Map() });

	const readFunctions = () => {
		const lines = byId("picture-functions").textContent.split("\n");
		const list = [];

		for (let i = 0; i + 6 <= lines.length; i += 6) {
			const [name, file, line, object, build, tables] = lines.slice(i, i + 6);
			const pairs = tables.split(" ").filter((pair) => pair).map((pair) => pair.split(":").map(Number));

			list.push({ name, file, line, object, build, tables: new Map(pairs) });
		}
		return list;
	};

	const readNodes = () => byId("picture-nodes").textContent.split("\n").filter((line) => line)
		.map((line) => line.split(" ").map(Number));

	const functions = readFunctions();
	const nOwned = Number(byId("picture-functions").dataset.functions); /* the others are processes or threads */
	const all = noFunction("all");
	const others = noFunction("[others]");
	const nodes = [[-1, 0, 0, 0, 0], ...readNodes().map(([parent, ...rest]) => [parent + 1, ...rest])];
	const parentOf = nodes.map((node) => node[0]);
	const functionOf = nodes.map((node, i) => i ? functions[node[1]] ?? others : all);
	const ownerOf = nodes.map((node, i) => i && node[1] >= nOwned ? node[1] : nOwned);
	const children = nodes.map(() => []);

	for (let i = 1; i < nodes.length; i++) {
		children[parentOf[i]].push(i);
		if (parentOf[i])
			ownerOf[i] = ownerOf[parentOf[i]];
	}

	const sumUp = (own) => {
		const sums = Float64Array.from(own);

		for (let i = nodes.length - 1; i > 0; i--)
			sums[parentOf[i]] += sums[i];
		return sums;
	};

	const samples = sumUp(nodes.map((node) => node[2]));
	let own, through, waited; /* the time of each node: its own, with all that it called, and what of that was waiting */

	/* What went through the nodes that MATCH, each sample counted once, and how many of these nodes there are. */
	const sumOf = (match) => {
		const inside = new Uint8Array(nodes.length);
		let time = 0, places = 0;

		for (let i = 1; i < nodes.length; i++) {
			const hit = match(functionOf[i]);

			inside[i] = inside[parentOf[i]] || hit ? 1 : 0;
			time += hit && !inside[parentOf[i]] ? through[i] : 0;
			places += hit ? 1 : 0;
		}
		return { time, places };
	};

	const measure = () => {
		const cpu = view.measure === "cpu";

		own = nodes.map((node) => node[3] + (cpu ? 0 : node[4]));
		through = sumUp(own);
		waited = sumUp(nodes.map((node) => cpu ? 0 : node[4]));
		for (const list of children)
			list.sort((a, b) => (functionOf[a] === others) - (functionOf[b] === others) || through[b] - through[a] || a - b);
		for (const one of functions)
			one.own = 0;
		nodes.forEach((node, i) => { functionOf[i].own = (functionOf[i].own ?? 0) + own[i]; });
	};

	/* Text. */
	const duration = (ns) => {
		const [unit, name] = [[1e9, "s"], [1e6, "ms"], [1e3, "\u00b5s"], [1, "ns"]].find(([least]) => ns >= least) ?? [1, "ns"];

		return `${Number((ns / unit).toPrecision(4))} ${name}`;
	};

	const share = (ns) => `${(through[0] ? 100 * ns / through[0] : 0).toFixed(1)} %`;
	const baseName = (file) => file.slice(file.lastIndexOf("/") + 1) || file;

	const element = (tag, text, properties) => {
		const one = Object.assign(document.createElement(tag), properties);

		one.textContent = text;
		return one;
	};

	/* Where the picture is: below which node, and how many of its first children are left out. Views left come before. */
	let at = { node: 0, skip: 0 };
	const before = [];
	let boxes = []; /* as drawn, a caller before what it calls */
	let levels = []; /* the same, from left to right in each row */
	let elements = new Map(); /* of the boxes, by their keys */
	let current = "0"; /* key of the box that has the focus, or gets it first */
	let marked = null; /* functions found */

	const trailOf = (node) => node < 0 ? [] : [...trailOf(parentOf[node]), node];
	const sumFrom = (node, skip) => children[node].slice(skip).reduce((sum, child) => sum + through[child], 0);

	/* SKIP null: the box of NODE. Otherwise of its children, but for the first SKIP ones. */
	const add = (node, skip, level, left, width, above) => {
		boxes.push({ key: skip === null ? `${node}` : `o${node}`, node, skip, level, left, width, above });
	};

	/* Adds the boxes below NODE. SCALE is the width of a nanosecond; the whole picture has the width 1. */
	const spread = (node, skip, level, left, scale, least) => {
		const list = children[node];

		for (let i = skip, from = left; i < list.length; i++) {
			const width = through[list[i]] * scale;

			if (width < least) {
				const rest = sumFrom(node, i) * scale;

				if (rest >= least)
					add(node, i, level, from, rest, false);
				return;
			}
			add(list[i], null, level, from, width, false);
			spread(list[i], 0, level + 1, from, scale, least);
			from += width;
		}
	};

	const layOut = () => {
		const trail = trailOf(at.node);
		const whole = at.skip ? sumFrom(at.node, at.skip) : through[at.node];

		boxes = [];
		trail.forEach((node, level) => add(node, null, level, 0, 1, node !== at.node || at.skip > 0));
		spread(at.node, at.skip, trail.length, 0, whole ? 1 / whole : 0, LEAST / (tree.clientWidth || 1000));
		levels = [];
		for (const box of boxes)
			(levels[box.level] ??= []).push(box);
	};

	const isNode = (box) => box.skip === null;
	const functionOfBox = (box) => isNode(box) ? functionOf[box.node] : others;
	const timeOf = (box) => isNode(box) ? through[box.node] : sumFrom(box.node, box.skip);
	const tableOf = (box) => isNode(box) ? functionOf[box.node].tables.get(ownerOf[box.node]) : undefined;

	/* Colours: the hue says in which object a function is, its shade the file; or the heat says how much is its own. */
	const objectsByTime = () => {
		const sums = new Map();

		for (const one of functions.slice(0, nOwned))
			sums.set(one.object, (sums.get(one.object) ?? 0) + one.own);
		return [...sums].filter(([object]) => object).sort((a, b) => b[1] - a[1]);
	};

	const hash = (text) => [...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 65521, 7) / 65521;

	/* The text is readable on all of them, since they differ in hue more than in lightness. */
	const byObject = (one, hue) => {
		const [lighter, chroma, turn] = hue === undefined ? [0, 0, 0] : [0.05 * hash(one.name) - 0.025, 0.08, hue + 30 * hash(one.file) - 15];
		const tone = (lightness, strength) => `oklch(${(lightness + lighter).toFixed(3)} ${strength * chroma} ${turn.toFixed()})`;

		return `light-dark(${tone(0.86, 1)},${tone(0.42, 0.95)})`;
	};

	const colour = () => {
		const objects = objectsByTime();
		const hues = new Map(objects.map(([object], i) => [object, HUES[i % HUES.length]]));
		const hottest = Math.max(...functions.slice(0, nOwned).map((one) => one.own), 1);

		for (const one of [...functions, all, others])
			one.fill = view.paint === "own" ? `color-mix(in oklab,var(--hot) ${(100 * (one.own ?? 0) / hottest).toFixed()}%,var(--cold))` :
				byObject(one, hues.get(one.object));
		showLegend(objects, hues, hottest);
	};

	const showLegend = (objects, hues, hottest) => {
		const items = view.paint === "own" ?
			[element("li", `own time of the function: none to ${share(hottest)}`, { className: "heat" })] :
			objects.slice(0, HUES.length).map(([object, time]) => {
				const one = element("li", `${baseName(object)} ${share(time)}`, { className: "object", title: object });

				one.style.setProperty("--hue", hues.get(object));
				return one;
			});

		if (functions.some((one) => one.tables.size))
			items.push(element("li", "has a table of lines", { className: "tabled" }));
		if (waited[0])
			items.push(element("li", "part in which it waited or slept", { className: "waited" }));
		legend.replaceChildren(...items);
	};

	/* Drawing. */
	const fill = (one, box, pixels) => {
		const { name, fill: background } = functionOfBox(box);
		const wide = box.width * pixels;
		const blocked = isNode(box) && through[box.node] ? 100 * waited[box.node] / through[box.node] : 0;

		one.style.cssText = `left:${100 * box.left}%;width:${100 * box.width}%;top:${box.level * ROW}px;background-color:${background}`;
		if (blocked)
			one.style.setProperty("--blocked", blocked.toFixed(1));
		one.textContent = wide < NAMED ? "" : name;
		one.className = [wide < 3 ? "thin" : "", tableOf(box) ? "tabled" : "", isNode(box) ? "" : "others", box.above ? "above" : "", blocked ? "waited" : "",
			!marked ? "" : marked.has(functionOfBox(box)) ? "found" : "faint"].filter((word) => word).join(" ");
		one.setAttribute("aria-label", `${name}, ${share(timeOf(box))}`);
		one.setAttribute("aria-level", box.level + 1);
		one.setAttribute("aria-selected", box.key === `${at.node}` && !box.above);
		one.tabIndex = box.key === current ? 0 : -1;
	};

	const move = (one, from, to) => {
		if (from && (from.left !== to.left || from.width !== to.width))
			one.animate([{ left: `${100 * from.left}%`, width: `${100 * from.width}%` }, { left: `${100 * to.left}%`, width: `${100 * to.width}%` }],
				{ duration: 220, easing: "ease-out" });
		else if (!from)
			one.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 220 });
	};

	const draw = () => {
		const focused = tree.contains(document.activeElement);
		const old = elements, oldBoxes = new Map(boxes.map((box) => [box.key, box]));
		const pixels = tree.clientWidth;

		layOut();
		const moves = old.size > 0 && boxes.length < MOVING && !matchMedia("(prefers-reduced-motion: reduce)").matches;

		if (!boxes.some((box) => box.key === current))
			current = `${at.node}`;
		elements = new Map(boxes.map((box) => [box.key, old.get(box.key) ?? element("div", "", { role: "treeitem" })]));
		boxes.forEach((box) => fill(elements.get(box.key), box, pixels));
		tree.style.setProperty("--levels", levels.length);
		tree.replaceChildren(...elements.values());
		if (moves)
			boxes.forEach((box) => move(elements.get(box.key), oldBoxes.get(box.key), box));
		if (focused)
			elements.get(current).focus({ preventScroll: true });
		showPath();
		describe();
		back.disabled = before.length === 0;
	};

	const showPath = () => {
		const trail = trailOf(at.node);
		const short = trail.length > 6 ? [trail[0], -1, ...trail.slice(-4)] : trail;

		path.replaceChildren(...short.map((node) => {
			if (node < 0)
				return element("span", "\u2026", {});
			const one = element("button", functionOf[node].name, { type: "button", disabled: node === at.node && !at.skip });

			one.addEventListener("click", () => zoom(node, 0));
			return one;
		}));
		if (at.skip)
			path.append(element("span", others.name, {}));
	};

	/* The line that describes a box: the one under the pointer, or else the one that has the focus. */
	const name = (box) => {
		const table = tableOf(box);
		const text = functionOfBox(box).name;

		return table ? element("a", text, { href: `#f${table}`, title: "to its lines" }) : element("b", text, {});
	};

	const place = ({ file, line, object, build }) => {
		const where = file ? `${file}${line === "0" ? "" : `:${line}`}` : object ? "no debug information" : "";
		const parts = [where, object, file || !build ? "" : `build ID ${build}`];

		return element("span", parts.filter((part) => part).join(" \u00b7 "), { className: "place" });
	};

	const figures = (box) => {
		const time = timeOf(box);
		const parts = [["total", `${duration(time)} (${share(time)})`]];

		if (isNode(box)) {
			const sum = sumOf((one) => one === functionOf[box.node]);

			parts.push(["own", `${duration(own[box.node])} (${share(own[box.node])})`]);
			if (waited[box.node])
				parts.push(["waiting", duration(waited[box.node])]);
			parts.push(["samples", samples[box.node].toLocaleString("en")]);
			if (sum.places > 1)
				parts.push([`in all ${sum.places} places`, `${duration(sum.time)} (${share(sum.time)})`]);
		} else {
			parts.push(["functions too narrow to be drawn", children[box.node].length - box.skip]);
		}
		return parts.map(([label, text]) => {
			const pair = element("div", "", {});

			pair.append(element("dt", label, {}), element("dd", text, {}));
			return pair;
		});
	};

	const describe = (box = boxes.find((one) => one.key === current)) => {
		const list = element("dl", "", { className: "facts" });

		list.append(...figures(box));
		detail.replaceChildren(name(box), " ", place(functionOfBox(box)), list);
	};

	/* Zoom. */
	const show = (next, key) => {
		at = next;
		current = key;
		draw();
		tree.scrollTop = (trailOf(at.node).length - 2) * ROW;
	};

	const zoom = (node, skip) => {
		if (node === at.node && skip === at.skip)
			return;
		before.push(at);
		show({ node, skip }, `${node}`);
	};

	const zoomOut = () => {
		const key = `${at.node}`;

		if (before.length)
			show(before.pop(), key);
	};

	const mark = (match) => {
		marked = match && new Set([...functions, others].filter(match));
		const sum = marked && sumOf((one) => marked.has(one));

		found.textContent = !marked ? "" : marked.size ? `${marked.size} found, ${share(sum.time)}` : "none found";
		draw();
	};

	const onSearch = () => {
		const wanted = search.value.trim().toLowerCase();

		mark(wanted && ((one) => `${one.name} ${one.file}`.toLowerCase().includes(wanted) && one !== others) || null);
	};

	/* From a table of lines: the function where most of its time is, and all its other places marked. */
	const showFunction = (index) => {
		let widest = 0;

		for (let i = 1; i < nodes.length; i++)
			if (functionOf[i] === functions[index] && (!widest || through[i] > through[widest]))
				widest = i;
		search.value = "";
		zoom(widest, 0);
		mark((one) => one === functions[index]);
		elements.get(current).focus({ preventScroll: true });
		picture.scrollIntoView({ block: "nearest" });
	};

	/* Pointer and keyboard. */
	const boxOf = (target) => {
		const one = target.closest("[role=treeitem]");

		return one && boxes.find((box) => elements.get(box.key) === one);
	};

	const focus = (box) => {
		if (!box)
			return;
		elements.get(current).tabIndex = -1;
		current = box.key;
		elements.get(current).tabIndex = 0;
		elements.get(current).focus();
		describe();
	};

	const enter = (box) => zoom(box.node, isNode(box) ? 0 : box.skip);
	const beside = (box, step) => levels[box.level][levels[box.level].indexOf(box) + step];
	const below = (box) => isNode(box) ? levels[box.level + 1]?.find((one) => parentOf[one.node] === box.node || (!isNode(one) && one.node === box.node)) : undefined;
	const over = (box) => boxes.find((one) => one.key === `${isNode(box) ? parentOf[box.node] : box.node}`);

	const deepest = (box) => {
		const next = below(box);

		return next && isNode(next) ? deepest(next) : box;
	};

	const keys = {
		ArrowDown: (box) => focus(below(box)),
		ArrowUp: (box) => focus(over(box)),
		ArrowRight: (box) => focus(beside(box, 1)),
		ArrowLeft: (box) => focus(beside(box, -1)),
		Home: () => focus(boxes[0]),
		End: (box) => focus(deepest(box)),
		Enter: enter,
		" ": enter,
		Backspace: zoomOut,
		Escape: zoomOut,
	};

	const onKey = (event) => {
		const box = boxOf(event.target);

		if (!box || event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key))
			return;
		if (event.key === "Escape" && !before.length)
			return; /* to the page, which takes the focus away */
		event.preventDefault();
		event.stopPropagation();
		keys[event.key](box);
	};

	const onSearchKey = (event) => {
		if (event.key === "Escape") {
			search.value = "";
			onSearch();
		}
		if (event.key === "Enter" && marked)
			focus(boxes.filter((box) => isNode(box) && marked.has(functionOf[box.node])).sort((a, b) => b.width - a.width)[0]);
	};

	const start = () => {
		measure();
		colour();
		picture.hidden = false;
		draw();
		let width = tree.clientWidth;

		new ResizeObserver(() => {
			if (tree.clientWidth === width)
				return;
			width = tree.clientWidth;
			draw();
		}).observe(tree);
	};

	tree.addEventListener("click", (event) => {
		const box = boxOf(event.target);

		if (!box)
			return;
		focus(box);
		enter(box);
	});
	tree.addEventListener("pointerover", (event) => describe(boxOf(event.target) ?? undefined));
	tree.addEventListener("pointerleave", () => describe());
	tree.addEventListener("focusin", (event) => describe(boxOf(event.target) ?? undefined));
	tree.addEventListener("keydown", onKey);
	search.value = "";
	search.addEventListener("input", onSearch);
	search.addEventListener("keydown", onSearchKey);
	back.addEventListener("click", zoomOut);
	for (const input of picture.querySelectorAll("input[type=radio]")) {
		input.checked = input.defaultChecked;
		input.addEventListener("change", () => {
			measure();
			colour();
			draw();
		});
	}
	for (const name of document.querySelectorAll("span[data-shows]")) {
		const link = element("a", name.textContent, { href: "#picture", title: "in the picture" });

		link.dataset.shows = name.dataset.shows;
		name.replaceWith(link);
	}
	for (const link of document.querySelectorAll("a[data-shows]")) {
		link.hidden = false;
		link.addEventListener("click", (event) => {
			event.preventDefault();
			showFunction(Number(link.dataset.shows));
		});
	}
	start();
})();
