"""LZString: how players and authoring tools pack texts in the browser (npm `lz-string` 1.5.0; no RFC).

A text is a sequence of UTF-16 code units. It becomes a stream of bits in LZ78 manner: each code names an entry of a
dictionary that both sides build alike; the codes 0, 1 and 2 mean "a new character of 8 bits", "of 16 bits" and "the
end". Codes grow from two bits upwards. The stream is then written in one of four notations, of 6, 15 or 8 bits a sign.

Reading is strict where the library is not: what no packer writes is refused, so that nothing can ride behind the end.
Reading and writing are bounded; both take linear time in what they read and write.
"""

from proxy.lzstring.notations import MOST_CHARACTERS as MOST_CHARACTERS
from proxy.lzstring.notations import CutOff as CutOff
from proxy.lzstring.notations import Notation as Notation
from proxy.lzstring.notations import NotPacked as NotPacked
from proxy.lzstring.notations import TooLong as TooLong
from proxy.lzstring.notations import recognise as recognise
from proxy.lzstring.reading import glimpse as glimpse
from proxy.lzstring.reading import unpack as unpack
from proxy.lzstring.writing import pack as pack
from proxy.lzstring.writing import pack_for_both as pack_for_both
