"""Puts a sound into a room, a cabinet, a telephone: whatever an impulse was recorded in answers to it, without delay.

The sum of what came in, each frame as often and as loud as the response repeats it, counted out frame by frame: no transform, so nothing
waits for a block. That is dear: up to 16384 frames of response, 0.34 s at 48 kHz. A response of your own is a WAV or FLAC, mono or stereo;
it is heard at the rate of the session, whatever its own is. For longer rooms there are `hall` and `plate`.
"""
from chronus.dsp.declare import inlet, line, module, promise, ratio, side, table
from chronus.dsp.lanes import convolved, maximum, minimum, read, table_length, to_whole


@module(kind="effects", lanes=2, across=True, bypass="audio",
        promises=(promise("convolves", error_db=-125.0), promise("gain_at", at=1000.0, db=0.0, within=0.001, mix=0.0)))
def convolution(audio=inlet(), mix=ratio(0.3), gain=ratio(1.0, high=4.0), response=table("room", kind="response"), side=side(), memory=line(0.38)):
    sent = audio * gain
    now = read(response, to_whole(0.0 * side) + (table_length(response) - 1), to_whole(0.5 + 0.5 * side))
    wet = sent * now + convolved(memory, response)
    return sent + minimum(maximum(mix, 0.0), 1.0) * (wet - sent), (sent,)
