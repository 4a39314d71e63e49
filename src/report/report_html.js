/* The page is complete without this script, which adds sorting, filtering and keyboard control. */
(() => {
	"use strict";

	const byId = (id) => document.getElementById(id);
	const list = byId("functions");
	const filter = byId("filter");
	const help = byId("help");
	const entries = list ? [...list.tBodies[0].rows] : [];
	let ranked = null; /* rows of all visible lines, the hottest first; null: must be computed again */
	let at = -1; /* index in RANKED of the row last gone to */

	const view = document.documentElement.dataset;
	const heat = () => view.heat ?? "time";
	const hitsOf = (row) => Number(row.dataset.hits ?? row.cells[1].textContent.replaceAll(",", ""));

	/* Sort the list of functions. */
	const value = (row, column) => {
		const cell = row.cells[column];
		return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
	};

	const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));

	const sortBy = (column) => {
		const heads = [...list.tHead.rows[0].cells];
		const before = heads[column].getAttribute("aria-sort");
		const numbers = entries.length > 0 && typeof value(entries[0], column) === "number";
		const up = before ? before === "descending" : !numbers;

		heads.forEach((head) => head.removeAttribute("aria-sort"));
		heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
		entries.sort((a, b) => compare(value(a, column), value(b, column)) * (up ? 1 : -1));
		list.tBodies[0].append(...entries);
	};

	const makeSortable = () => {
		[...list.tHead.rows[0].cells].forEach((head, column) => {
			const button = document.createElement("button");

			button.type = "button";
			button.append(...head.childNodes);
			button.addEventListener("click", () => sortBy(column));
			head.append(button);
		});
	};

	/* Filter the list, and the functions below it. */
	const sectionsOf = (row) => row.dataset.function.split(" ").map((id) => byId(id)).filter((section) => section);

	const applyFilter = () => {
		const wanted = filter.value.trim().toLowerCase();
		let shown = 0;

		for (const row of entries) {
			const text = `${row.cells[0].textContent} ${row.cells[1].title}`.toLowerCase();
			const hide = !text.includes(wanted);

			row.hidden = hide;
			for (const section of sectionsOf(row))
				section.hidden = hide;
			shown += hide ? 0 : 1;
		}
		byId("count").textContent = wanted ? `${shown} of ${entries.length}` : "";
		ranked = null;
	};

	/* Go from one hot line to the next. */
	const rank = () => {
		const amount = heat() === "time" ? (row) => Number(row.dataset.time) : hitsOf;

		ranked = [...document.querySelectorAll("section:not([hidden]) tr[data-time]")]
			.map((row) => ({ row, amount: amount(row) }))
			.filter((one) => one.amount > 0)
			.sort((a, b) => b.amount - a.amount)
			.map((one) => one.row);
		at = -1;
	};

	const show = (row) => {
		location.replace(`#${row.id}`);
		row.tabIndex = -1;
		row.focus({ preventScroll: true });
		row.scrollIntoView({ block: "center" });
	};

	const goTo = (index) => {
		if (!ranked)
			rank();
		if (!ranked.length) {
			byId("status").textContent = "no line to go to";
			return;
		}
		at = Math.max(0, Math.min(index(), ranked.length - 1));
		show(ranked[at]);
		const section = ranked[at].closest("section");
		byId("status").textContent =
			`${at + 1} of ${ranked.length} by ${heat()}: ${section.dataset.name}, line ${ranked[at].cells[0].textContent}`;
	};

	const goToFunction = (step) => {
		const sections = [...document.querySelectorAll("section:not([hidden])")];
		const top = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
		const here = sections.findLastIndex((section) => section.getBoundingClientRect().top <= top + 1);
		const there = sections[Math.max(0, Math.min(here + step, sections.length - 1))];

		if (there)
			there.scrollIntoView();
	};

	/* The switches of the toolbar. */
	const choose = (id) => {
		byId(id).checked = true;
		byId(id).dispatchEvent(new Event("change"));
	};

	const isDark = () => (view.colours ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

	const onSwitch = (event) => {
		const { name, value: chosen } = event.target;

		if (chosen === "auto")
			delete view[name];
		else
			view[name] = chosen;
		ranked = null;
	};

	const onColumns = (event) => { view.columns = event.target.checked ? "all" : "few"; };

	const leave = () => {
		if (document.activeElement === filter) {
			filter.value = "";
			applyFilter();
		}
		document.activeElement.blur();
		byId("status").textContent = "";
	};

	const keys = {
		"/": () => { filter.focus(); filter.select(); },
		"?": () => help.showModal(),
		h: () => goTo(() => 0),
		n: () => goTo(() => at + 1),
		p: () => goTo(() => at - 1),
		j: () => goToFunction(1),
		k: () => goToFunction(-1),
		l: () => scrollTo(0, 0),
		t: () => choose(heat() === "time" ? "by-hits" : "by-time"),
		i: () => byId("picture-tree")?.querySelector("[tabindex='0']").focus(),
		f: () => byId("picture-search")?.focus(),
		d: () => choose(isDark() ? "light" : "dark"),
		Escape: leave,
	};

	const onKey = (event) => {
		const typing = event.target.matches("input[type=search]");

		if (event.ctrlKey || event.altKey || event.metaKey || help.open || !Object.hasOwn(keys, event.key))
			return;
		if (typing && event.key !== "Escape")
			return;
		event.preventDefault();
		keys[event.key]();
	};

	byId("tools").hidden = false;
	/*
	 * Some browsers restore the choices made before a reload, although the page starts with the defaults again.
	 * Reset them.
	 */
	byId("by-time").checked = byId("auto").checked = true;
	byId("all").checked = false;
	filter.value = "";
	if (list)
		makeSortable();
	filter.addEventListener("input", applyFilter);
	byId("open-help").addEventListener("click", () => help.showModal());
	for (const input of document.querySelectorAll("input[type=radio]"))
		input.addEventListener("change", onSwitch);
	byId("all").addEventListener("change", onColumns);
	view.columns = "few";
	document.addEventListener("keydown", onKey);
})();
