"""Eight numbers at once: one of each of eight groups side by side, in one or two vector registers.

Each function is written in Python for whoever reads it, or runs the loops without a compiler. Below it stands
what is compiled instead: it is given LLVM's values, and pointers to where arrays begin. Eight numbers are
added, subtracted, multiplied and divided as arrays of eight are.
"""

import operator

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, register_model

__all__ = ["LANES", "any_negative", "every", "exchanges", "high", "load", "low", "packed", "store", "turn"]

LANES = 8
"""Groups side by side: a line of the processor's cache holds as many numbers, and a register of AVX-512."""

VECTOR = ir.VectorType(ir.DoubleType(), LANES)
INTEGERS = ir.VectorType(ir.IntType(64), LANES)
PLACES = ir.VectorType(ir.IntType(32), LANES)
OUTCOMES = ir.VectorType(ir.IntType(1), LANES)
INTEGER, BYTE = ir.IntType(64), ir.IntType(8)


class Lanes(types.Type):
    """The compiler's type of eight float64."""


lanes = Lanes("Lanes")


@register_model(Lanes)
class LanesModel(PrimitiveModel):
    """A vector of LLVM's, which makes registers of it, of whatever size the processor has."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


def instead_of(function, *kinds, answer=lanes):
    """Compile what is decorated in place of a function of arguments of these kinds."""

    def register(emit):
        class Typed(AbstractTemplate):
            key = function

            def generic(self, args, kws):
                fits = len(args) == len(kinds) and all(map(isinstance, args, kinds))
                return signature(answer, *args) if fits else None

        infer_global(function, types.Function(Typed))

        @lower_builtin(function, *kinds)
        def lowered(context, builder, sig, args):
            values = (
                context.make_array(kind)(context, builder, value).data
                if isinstance(kind, types.Array)
                else value
                for kind, value in zip(sig.args, args, strict=True)
            )
            return emit(builder, *values) or context.get_dummy_value()

        return emit

    return register


for operation, instruction in (
    (operator.add, ir.IRBuilder.fadd),
    (operator.sub, ir.IRBuilder.fsub),
    (operator.mul, ir.IRBuilder.fmul),
    (operator.truediv, ir.IRBuilder.fdiv),
):
    instead_of(operation, Lanes, Lanes)(instruction)


def load(numbers, i):
    """Read eight numbers from place ``i`` on."""
    return numbers[i : i + LANES].astype(np.float64)


@instead_of(load, types.Array, types.Integer)
def _read(builder, memory, i):
    eight = builder.load(_eight_at(builder, memory, i), align=4)
    return eight if eight.type == VECTOR else builder.fpext(eight, VECTOR)


def store(numbers, i, eight):
    """Write eight numbers from place ``i`` on."""
    numbers[i : i + LANES] = eight


@instead_of(store, types.Array, types.Integer, Lanes, answer=types.none)
def _write(builder, memory, i, eight):
    there = _eight_at(builder, memory, i)
    rounded = eight if there.type.pointee == VECTOR else builder.fptrunc(eight, there.type.pointee)
    builder.store(rounded, there, align=4)


def every(number):
    """Repeat a number in all lanes."""
    return np.full(LANES, number)


@instead_of(every, types.Float)
def _repeat(builder, number):
    kind = ir.VectorType(number.type, LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, first, ir.Constant(PLACES, [0] * LANES))


def low(a, b):
    """Return the smaller number of each pair; with `high`, none is lost, whatever they are, NaN or equal."""
    return np.where(a < b, a, b)


@instead_of(low, Lanes, Lanes)
def _low(builder, a, b):
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def high(a, b):
    """Return the larger number of each pair, or the first where they are equal."""
    return np.where(a < b, b, a)


@instead_of(high, Lanes, Lanes)
def _high(builder, a, b):
    return builder.select(builder.fcmp_ordered("<", a, b), b, a)


def any_negative(eight):
    """Tell whether one of the numbers is negative."""
    return bool((eight < 0).any())


@instead_of(any_negative, Lanes, answer=types.boolean)
def _any_negative(builder, eight):
    negative = builder.fcmp_ordered("<", eight, ir.Constant(VECTOR, [0.0] * LANES))
    return builder.icmp_unsigned("!=", builder.bitcast(negative, BYTE), BYTE(0))


def packed(eight, mask, place):
    """Replace the last bits, those of the mask, by a place."""
    return ((eight.view(np.int64) & ~mask) | place).view(np.float64)


@instead_of(packed, Lanes, types.Integer, types.Integer)
def _packed(builder, eight, mask, place):
    kept = builder.and_(builder.bitcast(eight, INTEGERS), _repeat(builder, builder.not_(mask)))
    return builder.bitcast(builder.or_(kept, _repeat(builder, place)), VECTOR)


def turn(x, i, step, y, j, stride):
    """Turn a square of 8 × 8 numbers: rows, ``step`` apart from ``x[i]`` on, become columns in ``y``."""
    square = [load(x, i + a * step) for a in range(LANES)]
    for a, column in enumerate(np.array(square).T):
        store(y, j + a * stride, column)


@instead_of(
    turn, types.Array, types.Integer, types.Integer, types.Array, types.Integer, types.Integer,
    answer=types.none,
)  # fmt: skip
def _turn(builder, x, i, step, y, j, stride):
    rows = [_read(builder, x, _row(builder, i, step, a)) for a in range(LANES)]
    for bit in (1, 2, 4):  # exchange the squares off the diagonal: of one number, of 2 × 2, of 4 × 4
        even = ir.Constant(PLACES, [(c ^ bit) + LANES if c & bit else c for c in range(LANES)])
        odd = ir.Constant(PLACES, [c + LANES if c & bit else c | bit for c in range(LANES)])
        rows = [
            builder.shuffle_vector(rows[a & ~bit], rows[a | bit], odd if a & bit else even)
            for a in range(LANES)
        ]
    for a, row in enumerate(rows):
        _write(builder, y, _row(builder, j, stride, a), row)


def exchanges(pairs, *, note=False, undo=False):
    """Make a function that compares rows two by two and leaves the smaller numbers in the first of both.

    ``function(numbers, i, step, outcomes)`` works on rows that stand ``step`` apart from ``numbers[i]`` on.
    With ``note`` it writes down which pairs were exchanged, a bit each; with ``undo`` it exchanges these, the
    last first, so that each number goes back to where it came from.
    """
    rows = sorted({row for pair in pairs for row in pair})
    order = list(enumerate(pairs))[:: -1 if undo else 1]

    def function(numbers, i, step, outcomes):
        for c, (a, b) in order:
            first, second = load(numbers, i + a * step), load(numbers, i + b * step)
            exchanged = np.unpackbits(outcomes[c : c + 1]).astype(bool) if undo else second < first
            if note:
                outcomes[c : c + 1] = np.packbits(exchanged)
            store(numbers, i + a * step, np.where(exchanged, second, first))
            store(numbers, i + b * step, np.where(exchanged, first, second))

    @instead_of(function, types.Array, types.Integer, types.Integer, types.Array, answer=types.none)
    def emit(builder, numbers, i, step, outcomes):
        row = {a: _read(builder, numbers, _row(builder, i, step, a)) for a in rows}
        for c, (a, b) in order:
            noted = builder.gep(outcomes, [INTEGER(c)])
            if undo:
                exchanged = builder.bitcast(builder.load(noted), OUTCOMES)
            else:
                exchanged = builder.fcmp_ordered("<", row[b], row[a])
            if note:
                builder.store(builder.bitcast(exchanged, BYTE), noted)
            first, second = row[a], row[b]
            row[a] = builder.select(exchanged, second, first)
            row[b] = builder.select(exchanged, first, second)
        for a in rows:
            _write(builder, numbers, _row(builder, i, step, a), row[a])

    return function


def _row(builder, start, step, a):
    return builder.add(start, builder.mul(step, step.type(a)))


def _eight_at(builder, memory, i):
    there = builder.gep(memory, [i])
    return builder.bitcast(there, ir.VectorType(there.type.pointee, LANES).as_pointer())
