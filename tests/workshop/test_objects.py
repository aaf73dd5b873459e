"""What an object file needs from whoever loads it."""

import llvmlite.binding as llvm

from chronus.workshop.objects import missing_symbols


def test_symbols_that_the_engine_does_not_have_are_seen():
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    module = llvm.parse_assembly("declare void @NRT_Allocate()\ndeclare float @floorf(float)\ndeclare double @numba_gil()\n"
                                 "define float @entry(float %x) {\n call void @NRT_Allocate()\n %y = call float @floorf(float %x)\n ret float %y\n}\n")
    assert missing_symbols(machine.emit_object(module)) == {"NRT_Allocate"}
