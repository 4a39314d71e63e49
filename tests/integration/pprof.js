// SPDX-License-Identifier: GPL-2.0-or-later
// pprof.js MODULES FILE: decodes FILE with the package pprof-format, which is below the folder MODULES, and prints the
// result. String indices are replaced by their strings, and all numbers are printed as strings, because they may be
// too large for JavaScript.
"use strict";

const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const { createRequire } = require("module");
const [modules, file] = process.argv.slice(2).map((argument) => path.resolve(argument));
const { Profile } = createRequire(path.join(modules, "x"))("pprof-format");
const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(file)));

const text = (number) => profile.stringTable.strings[Number(number)];
const type = (value) => [text(value.type), text(value.unit)];
const byId = (items) => new Map(items.map((item) => [String(item.id), item]));
const [locations, functions, mappings] = [profile.location, profile.function, profile.mapping].map(byId);

function frame(id) {
	const location = locations.get(String(id));
	const mapping = mappings.get(String(location.mappingId));
	return {
		object: mapping ? text(mapping.filename) : "",
		build_id: mapping ? text(mapping.buildId) : "",
		lines: location.line.map((line) => {
			const f = functions.get(String(line.functionId));
			return {
				name: text(f.name),
				system_name: text(f.systemName),
				file: text(f.filename),
				start: String(f.startLine),
				line: String(line.line),
			};
		}),
	};
}

const label = (l) => [text(l.key), text(l.str) || String(l.num)];
const decoded = {
	types: profile.sampleType.map(type),
	default_type: text(profile.defaultSampleType),
	period_type: type(profile.periodType),
	duration: String(profile.durationNanos),
	comments: profile.comment.map(text),
	samples: profile.sample.map((sample) => ({
		frames: sample.locationId.map(frame),
		values: sample.value.map(String),
		labels: Object.fromEntries(sample.label.map(label)),
	})),
};
console.log(JSON.stringify(decoded));
