"""From a Python function to an address: compiled once with Numba, kept as an object file, loaded without Numba.

The object's name holds a hash of all it was made from: its bytecode, that of every function that it reaches, the numbers
that it took from their modules, the compiler's versions and the processor. So nothing stale can be loaded, and a change of one
module compiles that module again and no other.
"""
import ctypes
import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import llvmlite.binding as llvm
import platformdirs

PACKAGE, KERNELS, LOWERING = "chronus.", "chronus.kernels", "chronus.native.lowering"      # the second is the module of all kernels, on no disk
LAYOUTS = ("lanes.py", "lines.py", "tables.py", "abreast.py", "steady.py", "networks.py")         # beside a lowering: how what it loads lies in memory
DIGEST_BYTES = hashlib.sha256().digest_size
OBJECT_NAME = re.compile(r"[A-Za-z0-9_]{1,64}-[0-9a-f]{32}\.o")


class CacheError(RuntimeError):
    """The kernel cache cannot be trusted or written; the message says what to do."""


def elsewhere(otherwise: str) -> str:
    """What to do where the kernel cache cannot be had: one thing, or have it in another place."""
    return f"{otherwise}, or set CHRONUS_CACHE to a folder of yours"


def folder() -> Path:
    """The kernel cache, made private to this user. CHRONUS_CACHE names another place."""
    path = Path(os.environ.get("CHRONUS_CACHE") or platformdirs.user_cache_path("music-chronus")) / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(f"the kernel cache {path} cannot be made ({error.strerror}); {elsewhere('make room, or give access to it')}") from None
    status = path.stat()
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise CacheError(f"{path} belongs to, or can be written by, somebody else; {elsewhere('remove it')}")
    return path


def reachable(function: FunctionType, seen: dict | None = None) -> dict[FunctionType, dict]:
    """All plain functions of this package that `function` can call, itself included, each with the globals it uses."""
    seen = {} if seen is None else seen
    if function in seen or getattr(function, "is_instruction", False):
        return seen
    used = seen[function] = {name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__}
    for value in used.values():
        if isinstance(value, FunctionType) and (value.__module__ or "").startswith(PACKAGE):
            reachable(value, seen)
    return seen


@cache
def processor() -> tuple[str, str]:
    """Name and features of the processor that code is made for; NUMBA_CPU_NAME=generic asks for the plainest."""
    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if name == "generic" else llvm.get_host_cpu_features().flatten()
    return name, features


def has_avx512() -> bool:
    """Whether code may use registers of sixteen float32, twice as many as AVX has of eight, and masks of single bits."""
    return "+avx512vl" in processor()[1].split(",")


@cache
def source_of(module: str) -> bytes:
    """The source file of a module, without importing it."""
    return Path(find_spec(module).origin).read_bytes()


@cache
def lowering_sources(module: str) -> bytes:
    """The source of a module that teaches Numba, and of those that stand beside it: they share their types, and the layout of `LAYOUTS`."""
    folder = Path(find_spec(module).origin).parent
    return b"".join(path.read_bytes() for path in sorted([*folder.glob("*lowering.py"), *(path for name in LAYOUTS for path in folder.glob(name))]))


@cache
def toolchain() -> str:
    """What turns source into instructions, as text: versions, processor, and the lowering of the words."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + source_of(LOWERING)).hexdigest()
    return repr((metadata.version("numba"), metadata.version("llvmlite"), processor(), digest, sys.version_info[:2]))


def lowerings(members: Iterable[FunctionType]) -> list[str]:
    """Modules, besides the one for `words`, that teach Numba what functions use: those that a function names as its `lowering`."""
    return sorted({member.lowering for member in members if hasattr(member, "lowering")})


def meaning(value) -> str:
    """Code and the constants in it, as text that is the same in every process, whatever the file and the line. Source says the same, but to cut
    that of 300 functions out of their files took a quarter of the time in which an engine starts.
    """
    if isinstance(value, CodeType):
        return repr((value.co_code, value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars, value.co_argcount,
                     value.co_kwonlyargcount, value.co_flags)) + meaning(value.co_consts)
    if isinstance(value, (tuple, frozenset)):
        found = [meaning(part) for part in value]
        return repr(found if isinstance(value, tuple) else sorted(found))
    return repr(value)


@cache
def fingerprint(function: FunctionType, signature: str) -> str:
    """Hash of everything the object file of `function` depends on."""
    members = reachable(function)
    digest = hashlib.sha256(toolchain().encode() + signature.encode())
    for lowering in lowerings(members):
        digest.update(lowering_sources(lowering))
    for member, used in sorted(members.items(), key=lambda item: (item[0].__module__, item[0].__qualname__)):
        digest.update((getattr(member, "source", None) or meaning(member.__code__) + repr(member.__defaults__)).encode())
        named = {f"{k}.{name}": getattr(v, name, None) for k, v in used.items() if isinstance(v, ModuleType) for name in member.__code__.co_names}
        numbers = {k: v for k, v in {**used, **named}.items() if isinstance(v, (bool, int, float, str, tuple)) or hasattr(v, "dtype")}
        digest.update(repr(sorted(numbers.items())).encode())
    return digest.hexdigest()[:32]


def object_name(function: FunctionType, signature: str) -> str:
    return f"{function.__name__}-{fingerprint(function, signature)}.o"


def object_path(function: FunctionType, signature: str) -> Path:
    return folder() / object_name(function, signature)


def is_built(function: FunctionType, signature: str) -> bool:
    return object_path(function, signature).exists()


def keep_object(function: FunctionType, signature: str) -> Path:
    """The object file of `function` in the cache, compiled if it is not there, not loaded. Raises CacheError."""
    path = object_path(function, signature)
    if not path.exists():
        content = compile_object(function, signature)
        try:
            write_object(path, content)
        except OSError as error:
            raise CacheError(f"kernels cannot be kept in {path.parent} ({error.strerror}); {elsewhere('make room')}") from None
    return path


def compile_object(function: FunctionType, signature: str) -> bytes:
    """The object file of `function`, its symbol named `entry`: a plain C function with no way into the interpreter."""
    from numba import config, njit
    from numba.extending import register_jitable

    config.LOOP_VECTORIZE = 0           # lanes are written out; of plain stores one behind the other AVX-512 would make scatters

    members = reachable(function)
    for module in [LOWERING, *lowerings(members)]:
        import_module(module)
    for member in members:
        if member is not function and not hasattr(member, "is_registered"):
            # a formula that is called passes all its lanes through memory, and computes in each frame what stands still
            register_jitable(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=function.__module__ == KERNELS)(member)
            member.is_registered = True
    bare = FunctionType(function.__code__, function.__globals__, function.__name__)
    compiled = njit(signature, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(bare)
    (result,) = compiled.overloads.values()
    machine = result.library.codegen._tm
    linked = llvm.parse_bitcode(result.library._final_module.as_bitcode())
    linked.link_in(llvm.parse_assembly(entry(result.fndesc.llvm_func_name, signature)))
    if function.__module__ != KERNELS:                  # what is called in one place is put there, and nobody asks for errors that nobody makes
        for member in linked.functions:
            if not member.is_declaration and member.name != "entry":
                member.linkage = "internal"
        passes, builder = result.library.codegen._module_pass_manager()
        passes.run(linked, builder)
    return machine.emit_object(linked)


LLVM_TYPES = {"void": "void", "int32": "i32", "uint32": "i32", "int64": "i64", "intp": "i64", "voidptr": "ptr", "float32": "float",
              "float64": "double"}


def parts(signature: str) -> tuple[str, list[str]]:
    """Result and arguments of a signature such as "int64(intp, int32)"."""
    result, _, arguments = signature.partition("(")
    return result.strip(), [a.strip() for a in arguments.rstrip(")").split(",") if a.strip()]


def entry(inner: str, signature: str) -> str:
    """A C function around Numba's own convention (result and error through pointers). Our code raises nothing, so no error is read."""
    result, arguments = parts(signature)
    kind, kinds = LLVM_TYPES[result], [LLVM_TYPES[a] for a in arguments]
    given = ", ".join(f"{k} %a{i}" for i, k in enumerate(kinds))
    passed = "".join(f", {k} %a{i}" for i, k in enumerate(kinds))
    held = "ptr" if kind == "void" else kind
    back = "ret void" if kind == "void" else f"%v = load {kind}, ptr %r\n ret {kind} %v"
    return (f'declare i32 @"{inner}"(ptr, ptr{"".join(", " + k for k in kinds)})\n'
            f"define {kind} @entry({given}) {{\n %r = alloca {held}\n %e = alloca ptr\n"
            f' %s = call i32 @"{inner}"(ptr %r, ptr %e{passed})\n {back}\n}}\n')


def write(path: Path, content: bytes) -> None:
    """Puts a file in place whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".building-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())             # a file that is empty after the power has failed would crash who loads it
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_object(path: Path, content: bytes) -> None:
    """Puts an object file in place, and behind it its hash."""
    write(path, content + hashlib.sha256(content).digest())


def linker():
    """A fresh in-process linker, one for each object, so that all may call their entry `entry`."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)


_loaded: dict[Path, int] = {}
_engines: dict[Path, object] = {}


def build(function: FunctionType, signature: str) -> int:
    """The address of `function` as a C function of `signature` (Numba's notation). Compiles it if no object file is there, or a damaged one."""
    path = object_path(function, signature)
    if path in _loaded:
        return _loaded[path]
    keep_object(function, signature)
    try:
        return load_file(path)
    except CacheError:
        return load_file(keep_object(function, signature))


def object_file(name: str) -> Path:
    """Where the cache has, or would have, the object file called `name`. Raises CacheError for what is no such name."""
    if not OBJECT_NAME.fullmatch(name):
        raise CacheError(f"{name!r} is no object file of the kernel cache; build the module again")
    return folder() / name


def load_object(name: str) -> int:
    """The address of the entry of an object file that another process compiled into the cache, by its bare file name. Raises CacheError."""
    path = object_file(name)
    try:
        return _loaded[path] if path in _loaded else load_file(path)
    except OSError as error:
        raise CacheError(f"the compiled kernel {path} cannot be read ({error.strerror}); save its module's file again") from None


def load_file(path: Path) -> int:
    """The address of the entry of an object file, wherever it is. One that is not as it was written would crash who loads it: it is removed, and
    CacheError raised.
    """
    written = path.read_bytes()
    content, digest = written[:-DIGEST_BYTES], written[-DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        path.unlink(missing_ok=True)
        raise CacheError(f"the compiled kernel {path} was damaged, and is removed; ask again, and it is compiled anew")
    _loaded[path], _engines[path] = link(content)
    return _loaded[path]


def link(content: bytes) -> tuple[int, object]:
    """The address of the entry of an object file in memory, and what must be kept alive as long as it is called."""
    engine = linker()
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    return engine.get_function_address("entry"), engine


CTYPES = {"void": None, "int32": ctypes.c_int32, "int64": ctypes.c_int64, "intp": ctypes.c_int64, "uint32": ctypes.c_uint32,
          "voidptr": ctypes.c_void_p, "float32": ctypes.c_float, "float64": ctypes.c_double}


def native(function: FunctionType, signature: str):
    """`function` as a Python callable that runs native code without the interpreter lock."""
    result, arguments = parts(signature)
    return ctypes.CFUNCTYPE(CTYPES[result], *[CTYPES[a] for a in arguments])(build(function, signature))
