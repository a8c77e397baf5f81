//! Modules made for one test each, on both engines for WASM.

use pbc_lib::{Export, Failure, HostCall, Trees};

use super::{Code, CodeError, Engine, MeteredEngine, WasmEngine};

const CALL: Export = Export::Action(1);

/// How many functions a call in these tests enters at most, which wasmi does not count.
const ENTERED: u64 = 4;

/// A module whose `action_01` does `body`, with all imports, a page of memory and `before`.
fn module(before: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "pbc" "exit" (func $exit (param i32 i32)))
            (import "pbc" "memmove" (func $memmove (param i32 i32 i32) (result i32)))
            (import "pbc" "avl_new" (func $new (result i32)))
            (import "pbc" "avl_get" (func $get (param i32 i32 i32 i32) (result i32)))
            (import "pbc" "avl_insert" (func $insert (param i32 i32 i32 i32 i32)))
            (import "pbc" "avl_remove" (func $remove (param i32 i32 i32)))
            (import "pbc" "avl_get_size" (func $get_size (param i32 i32 i32) (result i32)))
            (import "pbc" "avl_len" (func $len (param i32) (result i32)))
            (import "pbc" "avl_get_next" (func $next (param i32 i32 i32 i32) (result i32)))
            (import "pbc" "avl_get_next_size" (func $next_size (param i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            {before}
            (func (export "action_01") (param $at i32) (param $length i32) (result i64) {body}))"#
    );
    wat::parse_str(text).expect("a module of this file")
}

fn code(before: &str, body: &str) -> Code {
    Code::of_wasm(&module(before, body)).expect("a module that can run")
}

/// What both engines make of the call, and how many operators it took.
fn run(code: &Code, input: &[u8], trees: &mut Trees) -> (Result<Vec<u8>, Failure>, u64) {
    let mut fast = WasmEngine::new(code).expect("it compiles");
    let mut metered = MeteredEngine::new(code).expect("it is taken in");
    let mut others = trees.clone();
    let compiled = fast.invoke(CALL, input, trees);
    let interpreted = metered.invoke(CALL, input, &mut others);
    assert_eq!(compiled, interpreted, "the two engines differ");
    assert_eq!(*trees, others, "the trees of the two engines differ");
    assert_eq!(trees.operations(), others.operations());
    if compiled.is_ok() {
        assert!(metered.fuel() + ENTERED >= fast.operators(), "wasmi pays in advance");
    }
    (compiled, fast.operators())
}

fn outcome(before: &str, body: &str) -> Result<Vec<u8>, Failure> {
    run(&code(before, body), b"input", &mut Trees::new()).0
}

fn trap(message: &str) -> Result<Vec<u8>, Failure> {
    Err(Failure::Trap { message: message.to_owned() })
}

/// Writes 4 bytes of length in front of the input's place, so that the result is the input.
const ECHO: &str = r"
    (i32.store8 (i32.sub (local.get $at) (i32.const 1)) (local.get $length))
    (i64.extend_i32_u (i32.sub (local.get $at) (i32.const 4)))";

#[test]
fn the_input_lies_in_grown_memory_and_the_result_is_read_where_it_is_said_to_be() {
    assert_eq!(outcome("", ECHO), Ok(b"input".to_vec()));
}

#[test]
fn every_call_has_a_fresh_instance() {
    let code = code(
        "(global $calls (mut i32) (i32.const 7))",
        &format!(
            r"(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
              (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
              (if (i32.ne (global.get $calls) (i32.const 8)) (then unreachable))
              (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then unreachable))
              (if (i32.ne (memory.size) (i32.const 2)) (then unreachable))
              (drop (memory.grow (i32.const 3)))
              {ECHO}"
        ),
    );
    let mut fast = WasmEngine::new(&code).expect("it compiles");
    let mut metered = MeteredEngine::new(&code).expect("it is taken in");
    for _ in 0..3 {
        assert_eq!(fast.invoke(CALL, b"again", &mut Trees::new()), Ok(b"again".to_vec()));
        assert_eq!(metered.invoke(CALL, b"again", &mut Trees::new()), Ok(b"again".to_vec()));
    }
}

#[test]
fn what_is_said_before_the_trap_tells_refusal_from_bug() {
    let say = |text: &str| {
        let memory = format!(r#"(data (i32.const 0) "{text}")"#);
        let body = format!("(call $exit (i32.const 0) (i32.const {})) unreachable", text.len());
        outcome(&memory, &body)
    };

    assert_eq!(
        say("lib.rs:3: no_computation: of 03"),
        Err(Failure::refused("no_computation", "of 03"))
    );
    assert_eq!(say("lib.rs:3: index out of bounds"), trap("index out of bounds"));
    assert_eq!(outcome("", "unreachable").map_err(|failure| failure.code().is_some()), Err(false));
}

#[test]
fn what_was_said_does_not_count_if_the_call_goes_on() {
    let said = r#"(data (i32.const 0) "lib.rs:3: no_computation: of 03")"#;
    let say = "(call $exit (i32.const 0) (i32.const 31))";

    assert_eq!(outcome(said, &format!("{say} {ECHO}")), Ok(b"input".to_vec()));
    let fails = "(call $remove (i32.const 9) (i32.const 0) (i32.const 0))";
    assert_eq!(outcome(said, &format!("{say} {fails} {ECHO}")), trap("there is no tree 9"));
}

#[test]
fn a_failed_call_leaves_the_trees_as_they_were() {
    let mut trees = Trees::new();
    let tree = trees.create();
    trees.insert(tree, b"i", b"before");
    let before = trees.clone();
    let code = code(
        r#"(data (i32.const 0) "in")"#,
        "(call $insert (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1))
         (call $remove (i32.const 0) (i32.const 0) (i32.const 1))
         (drop (call $new))
         unreachable",
    );

    run(&code, b"", &mut trees).0.expect_err("it traps");

    assert_eq!(trees, before);
    assert_eq!(trees.operations().total(), 3);
}

#[test]
fn every_import_does_what_the_interface_says() {
    let code = code(
        r#"(data (i32.const 0) "keyvalue")"#,
        &format!(
            r"(if (i32.ne (call $new) (i32.const 0)) (then unreachable))
              (call $insert (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 5))
              (if (i32.ne (call $len (i32.const 0)) (i32.const 1)) (then unreachable))
              (if (i32.ne (call $get_size (i32.const 0) (i32.const 0) (i32.const 3)) (i32.const 5))
                (then unreachable))
              (if (i32.ne (call $get_size (i32.const 0) (i32.const 0) (i32.const 2)) (i32.const -1))
                (then unreachable))
              (if (i32.ne (call $get (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 100))
                          (i32.const 1)) (then unreachable))
              (if (i32.ne (call $get (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 100))
                          (i32.const 0)) (then unreachable))
              (if (i32.ne (call $next_size (i32.const 0) (i32.const 0) (i32.const -1))
                          (i32.const 8)) (then unreachable))
              (if (i32.ne (call $next (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 110))
                          (i32.const 1)) (then unreachable))
              (if (i32.ne (call $next (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 110))
                          (i32.const 0)) (then unreachable))
              (if (i32.ne (call $next_size (i32.const 0) (i32.const 0) (i32.const 3))
                          (i32.const -1)) (then unreachable))
              (if (i32.ne (call $memmove (i32.const 101) (i32.const 100) (i32.const 5))
                          (i32.const 101)) (then unreachable))
              (call $insert (i32.const 0) (i32.const 100) (i32.const 6)
                            (i32.const 110) (i32.const 8))
              (call $remove (i32.const 0) (i32.const 0) (i32.const 3))
              {ECHO}"
        ),
    );
    let mut trees = Trees::new();
    trees.start_trace();
    let mut engine = WasmEngine::new(&code).expect("it compiles");
    engine.invoke(CALL, b"", &mut trees).expect("every answer is the one expected");

    assert_eq!(trees.iter(0).collect::<Vec<_>>(), [(&b"vvalue"[..], &b"keyvalue"[..])]);
    let trace = trees.take_trace();
    assert_eq!(trace.len(), 13);
    assert_eq!(trace[0], HostCall::New { tree: 0 });
    let (code, mut others) = (code, Trees::new());
    run(&code, b"", &mut others).0.expect("every answer is the one expected");
}

#[test]
fn bytes_outside_the_memory_end_the_call() {
    for body in [
        "(call $exit (i32.const 65536) (i32.const 65537)) unreachable",
        "(call $exit (i32.const -1) (i32.const 2)) unreachable",
        "(drop (call $memmove (i32.const 0) (i32.const 131000) (i32.const 1000)))",
        "(drop (call $memmove (i32.const -4) (i32.const 0) (i32.const 8)))",
        "(drop (call $get_size (call $new) (i32.const 0) (i32.const -1)))",
        "(call $insert (call $new) (i32.const 0) (i32.const 1) (i32.const 131072) (i32.const 1))",
    ] {
        let failure = outcome("", &format!("{body} {ECHO}")).expect_err("it is outside");
        assert!(failure.to_string().contains("not within the memory"), "{body}: {failure}");
    }
    for result in ["131072", "131069", "-1"] {
        let failure = outcome("", &format!("(i64.const {result})")).expect_err("it is outside");
        assert_eq!(failure.to_string(), "trap: the result is not within the memory");
    }
    let long = "(i32.store8 (i32.const 0) (i32.const 1)) (i64.const 0)";
    assert_eq!(outcome("", long), trap("the result is not within the memory"));
}

#[test]
fn a_call_without_end_is_ended() {
    let failure = outcome("", "(loop $again (br $again)) unreachable");
    assert_eq!(failure, trap("the call carries out too many instructions"));
}

#[test]
fn a_call_without_end_in_depth_is_ended() {
    let deep = "(func $deep (call $deep))";
    let failure = outcome_of_each(deep, "(call $deep) unreachable");
    assert!(failure.iter().all(|it| matches!(it, Err(Failure::Trap { .. }))), "{failure:?}");
}

/// As [`outcome`], of engines that need not agree: their stacks are of different depth.
fn outcome_of_each(before: &str, body: &str) -> [Result<Vec<u8>, Failure>; 2] {
    let code = code(before, body);
    let fast = WasmEngine::new(&code).expect("it compiles").invoke(CALL, b"", &mut Trees::new());
    let mut metered = MeteredEngine::new(&code).expect("it is taken in");
    [fast, metered.invoke(CALL, b"", &mut Trees::new())]
}

#[test]
fn memory_has_a_limit() {
    let most = super::wasm::MEMORY_LIMIT as u64 / super::wasm::PAGE - 2;
    let grow = |pages: u64| {
        let body = format!(
            "(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable)) {ECHO}"
        );
        outcome("", &body).is_ok()
    };
    assert!(grow(most));
    assert!(!grow(most + 1));
}

#[test]
fn an_entry_point_that_is_not_there_is_an_unknown_action() {
    let code = code("", ECHO);
    let mut fast = WasmEngine::new(&code).expect("it compiles");
    let mut metered = MeteredEngine::new(&code).expect("it is taken in");
    for export in [Export::Init, Export::Action(2), Export::Callback(1)] {
        let expected = Err(super::unknown_action(export));
        assert_eq!(fast.invoke(export, b"", &mut Trees::new()), expected);
        assert_eq!(metered.invoke(export, b"", &mut Trees::new()), expected);
    }
}

#[test]
fn what_needs_more_than_the_mvp_is_refused() {
    for body in [
        "(memory.copy (i32.const 0) (i32.const 1) (i32.const 2))",
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 2))",
        "(drop (i32.extend8_s (i32.const 1)))",
        "(drop (i32.trunc_sat_f32_s (f32.const 1)))",
        "(drop (ref.null func))",
        "(drop (v128.const i64x2 0 0))",
        "(block (result i32 i32) (i32.const 0) (i32.const 0)) (drop) (drop)",
        "(return_call $deep)",
    ] {
        let wasm = module("(func $deep (result i64) (i64.const 0))", &format!("{body} {ECHO}"));
        let refused = Code::of_wasm(&wasm);
        assert!(matches!(refused, Err(CodeError::Invalid(_))), "{body}: {refused:?}");
    }
    let global = module(r#"(global (export "g") (mut i32) (i32.const 0))"#, ECHO);
    assert!(matches!(Code::of_wasm(&global), Err(CodeError::Invalid(_))));
}

#[test]
fn a_foreign_module_may_have_what_compilers_emit_by_default() {
    let globals = r#"(global (export "g") (mut i32) (i32.const 0))"#;
    for (before, body) in [
        ("", "(memory.copy (i32.const 0) (i32.const 1) (i32.const 2))"),
        ("", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 2))"),
        ("", "(drop (i32.extend8_s (i32.const 1)))"),
        ("", "(drop (i32.trunc_sat_f32_s (f32.const 1)))"),
        ("", "(block (result i32 i32) (i32.const 0) (i32.const 0)) (drop) (drop)"),
        (globals, ""),
    ] {
        let wasm = module(before, &format!("{body} {ECHO}"));
        assert!(matches!(Code::of_wasm(&wasm), Err(CodeError::Invalid(_))), "{before} {body}");
        let code = Code::of_foreign_wasm(&wasm).expect("it may");
        assert!(code.beyond_mvp().is_some(), "{before} {body}");
        let fast =
            WasmEngine::new(&code).expect("it compiles").invoke(CALL, b"i", &mut Trees::new());
        assert_eq!(fast, Ok(b"i".to_vec()), "{before} {body}");
        let mut metered = MeteredEngine::new(&code).expect("it is taken in");
        assert_eq!(metered.invoke(CALL, b"i", &mut Trees::new()), fast, "{before} {body}");
    }

    let plain = Code::of_foreign_wasm(&module("", ECHO)).expect("it is MVP");
    assert_eq!(plain.beyond_mvp(), None);
    for body in ["(drop (v128.const i64x2 0 0))", "(return_call $deep)"] {
        let wasm = module("(func $deep (result i64) (i64.const 0))", &format!("{body} {ECHO}"));
        let refused = Code::of_foreign_wasm(&wasm);
        assert!(matches!(refused, Err(CodeError::Invalid(_))), "{body}: {refused:?}");
    }
}

#[test]
fn a_module_that_is_no_contract_is_refused() {
    let of = |text: &str| Code::of_wasm(&wat::parse_str(text).expect("a module"));
    let action = r#"(func (export "action_01") (param i32 i32) (result i64) (i64.const 0))"#;
    let memory = r#"(memory (export "memory") 1)"#;

    for import in [
        r#"(import "env" "exit" (func (param i32 i32)))"#,
        r#"(import "pbc" "exit" (func (param i32)))"#,
        r#"(import "pbc" "unheard_of" (func))"#,
        r#"(import "pbc" "memory" (memory 1))"#,
    ] {
        let refused = of(&format!("(module {import} {action})"));
        assert!(matches!(refused, Err(CodeError::Import { .. })), "{import}: {refused:?}");
    }
    assert_eq!(of(&format!("(module {action})")).err(), Some(CodeError::NoMemory));
    assert_eq!(of(&format!("(module {memory})")).err(), Some(CodeError::NoEntryPoint));
    let start = format!("(module {memory} {action} (func $start) (start $start))");
    assert_eq!(of(&start).err(), Some(CodeError::Start));
    let other = format!(r#"(module {memory} (func (export "init") (param i32)))"#);
    assert_eq!(of(&other).err(), Some(CodeError::Signature { name: "init".to_owned() }));
    assert!(matches!(Code::of_wasm(b"\0asm"), Err(CodeError::Invalid(_))));
    assert!(matches!(Code::of_file(b"PBSC\x07"), Err(CodeError::File(_))));
    assert_eq!(Code::of_file(b"# A README").err(), Some(CodeError::Neither));
}

#[test]
fn one_operator_counts_one() {
    // Each with the number of its operators, counted by hand, a function 1 by itself.
    // The entry point and its result are 2 more.
    for (body, count) in [
        ("", 0),
        ("nop (block) (loop)", 0),
        ("(drop (i32.const 1))", 1),
        ("(block (br 0) (drop (i32.const 1)))", 1),
        // i32.const, if, and one branch.
        ("(if (i32.const 1) (then (drop (i32.const 1))) (else))", 2 + 1),
        ("(if (i32.const 0) (then) (else (drop (i32.const 1)) (drop (i32.const 1))))", 2 + 2),
        ("(if (i32.const 0) (then (drop (i32.const 1))))", 2),
        ("(call $three)", 1 + 4),
        // local.get, i32.eqz, br_if; then i32.const or not.
        ("(call $branchy (i32.const 0))", 2 + 4),
        ("(call $branchy (i32.const 1))", 2 + 4 + 1),
        ("(drop (call_indirect (result i32) (i32.const 0)))", 2 + 2),
        // Each of 10 rounds: local.get, i32.const, i32.sub, local.tee, br_if.
        (
            "(local $n i32) (local.set $n (i32.const 10))
             (loop $again
               (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
            2 + 50,
        ),
        ("(drop (memory.grow (i32.const 10)))", 2),
        ("(drop (call $memmove (i32.const 0) (i32.const 1) (i32.const 1000)))", 4),
        // i32.const, br_table; then what follows the inner block, or nothing.
        ("(block (block (br_table 0 1 (i32.const 0))) (drop (i32.const 1)))", 2 + 1),
        ("(block (block (br_table 0 1 (i32.const 1))) (drop (i32.const 1)))", 2),
        ("(drop (select (i32.const 1) (i32.const 2) (i32.const 3)))", 4),
        ("(i32.store (i32.const 0) (i32.load (i32.const 8)))", 4),
    ] {
        let code = code(
            "(table funcref (elem $one))
             (func $one (result i32) (i32.const 1))
             (func $three (drop (i32.const 1)) (drop (i32.const 1)) (drop (i32.const 1)))
             (func $branchy (param i32)
               (block (br_if 0 (i32.eqz (local.get 0))) (drop (i32.const 1))) return)",
            &format!("{body} (i64.const 0)"),
        );
        let (result, operators) = run(&code, b"", &mut Trees::new());
        result.expect("it succeeds");
        assert_eq!(operators, count + 2, "{body}");
    }
}
