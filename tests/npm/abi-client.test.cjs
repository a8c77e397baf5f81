// The official npm package reads what we ship, and writes what wallets write.
//
// `tests/npm/run` installs the package into a temporary folder and names it in ABI_CLIENT: it is a
// tool of this test only, never shipped or linked (AGPL).

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const { test } = require("node:test");

const official = createRequire(path.join(process.env.ABI_CLIENT, "package.json"));
const client = official("@partisiablockchain/abi-client");
const { PbcFile } = official("@partisiablockchain/sections");

const root = path.join(__dirname, "../..");
const shipped = process.env.MODULE_DIR ?? path.join(root, "abi");
const read = (name) => fs.readFileSync(path.join(shipped, `zk_node_registry.${name}`));
const json = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, name), "utf8"));

const file = new client.AbiParser(read("abi")).parseAbi();
const contract = file.contract();
const calls = json("calls.json");

/** The golden vectors of registry.md 15, by name. */
const golden = new Map(
  fs
    .readFileSync(path.join(root, "tests/data/golden-rpc.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "))
);

/** requestZkComputationNodesV2 is request_zk_computation_nodes_v2 in Rust. */
function functionOf(name) {
  const rust = name.replace(/-.*/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return contract.getFunctionByName(rust);
}

/** Adds `value`, in the form in which the package itself shows values, to `builder`. */
function add(builder, type, value) {
  const { TypeIndex } = client;
  const integer = () => new client.BN(value);
  switch (type.typeIndex) {
    case TypeIndex.Named:
      return addNamed(builder, contract.getNamedType(type), value);
    case TypeIndex.Vec: {
      const elements = builder.addVec();
      return value.forEach((element) => add(elements, type.valueType, element));
    }
    case TypeIndex.Option: {
      const option = builder.addOption();
      return value.isSome ? add(option, type.valueType, value.innerValue) : undefined;
    }
    case TypeIndex.bool:
      return builder.addBool(value);
    case TypeIndex.String:
      return builder.addString(value);
    case TypeIndex.Address:
      return builder.addAddress(value);
    case TypeIndex.i32:
      return builder.addI32(value);
    case TypeIndex.i64:
      return builder.addI64(integer());
    default:
      throw new Error(`no call has an argument of type ${type.typeIndex}`);
  }
}

function addNamed(builder, type, value) {
  if (type instanceof client.EnumTypeSpec) {
    const variants = type.variants.map(({ def, discriminant }) => ({
      discriminant,
      name: contract.getNamedType(def).name,
    }));
    const variant = variants.find(({ name }) => name === value["@type"]);
    return builder.addEnumVariant(variant.discriminant);
  }
  const struct = builder.addStruct();
  type.fields.forEach((field) => add(struct, field.type, value[field.name]));
}

test("the ABI is parsed, and every function of it has a call here", () => {
  assert.deepStrictEqual({ ...file.versionBinder }, { major: 10, minor: 2, patch: 0 });
  assert.deepStrictEqual({ ...file.versionClient }, { major: 5, minor: 4, patch: 0 });
  const called = new Set(Object.keys(calls).map((name) => functionOf(name).name));
  const listed = contract.contractInvocations.map((listedOne) => listedOne.name);
  assert.strictEqual(listed.length, 31);
  assert.deepStrictEqual([...called].sort(), [...listed].sort());
});

for (const [name, values] of Object.entries(calls)) {
  const invocation = functionOf(name);
  const bytes = golden.get(name);

  test(`${name} is built to the golden bytes`, () => {
    const builder = new client.RpcContractBuilder(
      contract,
      invocation.shortname,
      invocation.kind
    );
    invocation.arguments.forEach((argument) => add(builder, argument.type, values[argument.name]));
    assert.strictEqual(builder.getBytes().toString("hex"), bytes);
  });

  test(`${name} is read from the golden bytes`, () => {
    const kind = { 1: "Init", 2: "Action", 3: "Callback" }[invocation.kind.kindId];
    const rpc = Buffer.from(bytes, "hex");
    const value = client.RpcReader.create(rpc, file, client.TransactionKind[kind]).readRpc();
    const shown = JSON.parse(client.JsonRpcConverter.toJsonString(value));
    assert.strictEqual(shown.actionName, invocation.name);
    assert.deepStrictEqual(shown.contractArguments, values);
  });
}

test("a state and its trees that the contract produced are read as the contract meant them", () => {
  const { state, trees, decoded } = json("state.json");
  const reader = client.StateReader.create(
    Buffer.from(state, "hex"),
    contract,
    Buffer.from(trees, "hex")
  );
  const shown = JSON.parse(client.JsonValueConverter.toJsonString(reader.readState()));
  assert.deepStrictEqual(shown, decoded);
});

test("the .pbc file is taken apart into the ABI and the module", () => {
  const pbc = PbcFile.fromBytes(read("pbc"));
  assert.ok(pbc.getAbiBytes().equals(read("abi")));
  assert.ok(pbc.getWasmBytes().equals(read("wasm")));
  assert.strictEqual(pbc.isZk, false);
});
