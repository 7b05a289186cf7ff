"""English nouns whose plurals follow no rule of spelling."""

from __future__ import annotations

_ALIKE_TEXT = (
    "series species aircraft spacecraft hovercraft watercraft rotorcraft fish sheep deer offspring headquarters"
    " means swine salmon trout moose shrimp crossroads barracks gallows news politics economics mathematics"
    " physics athletics police military personnel cattle staff bison cod squid"
)
ALIKE = frozenset(_ALIKE_TEXT.split())

# Words in -s that are no plurals of the word before the -s.
_NO_PLURAL_TEXT = (
    "news means always besides its his this was as is us hers ours theirs thus plus yes does goes whereas perhaps"
    " nowadays has hers ins its thanks alas whys"
)
NO_PLURAL = frozenset(_NO_PLURAL_TEXT.split())

_NO_COMPOUND_TEXT = (
    "human german roman ottoman norman talisman shaman caiman superhuman brahman mussulman turkoman ataman"
)
NO_COMPOUND = frozenset(_NO_COMPOUND_TEXT.split())

_PEOPLES_TEXT = (
    "roman ottoman spartan jew slav greek turk arab kurd czech pole dane swede finn serb croat briton scot tatar"
    " uzbek kazakh afghan afghani pakistani iraqi israeli spaniard slovak slovene azeri kuwaiti qatari saudi"
    " yemeni omani bengali nepali croatian uighur uyghur yazidi muslim christian catholic protestant sunni shiite"
    " buddhist hindu tory republican democrat liberal marine"
)
PEOPLES = frozenset(_PEOPLES_TEXT.split())

_VES_TEXT = "life wife knife leaf half wolf shelf thief loaf calf self elf sheaf scarf hoof"
VES = tuple(_VES_TEXT.split())

_PAIRS = (
    "man men|woman women|child children|foot feet|tooth teeth|goose geese|mouse mice|louse lice|ox oxen"
    "|person persons|penny pennies pence|die dice dies|brother brothers brethren|quiz quizzes|whiz whizzes"
    "|bus buses busses|gas gases gasses|criterion criteria criterions|phenomenon phenomena phenomenons"
    "|automaton automata automatons|datum data|bacterium bacteria|memorandum memoranda memorandums"
    "|stratum strata|curriculum curricula curriculums|referendum referendums referenda|addendum addenda"
    "|erratum errata|spectrum spectra spectrums|symposium symposia symposiums"
    "|millennium millennia millenniums|aquarium aquariums aquaria|stadium stadiums stadia|quantum quanta"
    "|momentum momenta|medium media mediums|ovum ova|forum forums fora|maximum maxima maximums"
    "|minimum minima minimums|nucleus nuclei|stimulus stimuli|alumnus alumni|fungus fungi funguses"
    "|cactus cacti cactuses|focus foci focuses|syllabus syllabi syllabuses|radius radii radiuses"
    "|terminus termini terminuses|bacillus bacilli|locus loci|genius geniuses|genus genera"
    "|corpus corpora corpuses|opus opuses opera|index indices indexes|appendix appendices appendixes"
    "|matrix matrices matrixes|vertex vertices vertexes|vortex vortices vortexes|codex codices|larva larvae"
    "|alga algae|antenna antennas antennae|formula formulas formulae|vertebra vertebrae"
    "|nebula nebulae nebulas|alumna alumnae|axis axes|passerby passersby|staff staffs staves"
    "|dwarf dwarfs dwarves|brief briefs|chief chiefs|belief beliefs|proof proofs|roof roofs|cliff cliffs"
    "|reef reefs|relief reliefs|mischief mischiefs|photo photos|piano pianos|radio radios|video videos"
)

IRREGULAR: dict[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:]) for words in (pair.split() for pair in _PAIRS.split("|"))
}
