"""What the packed numbers of an EDOPro card database mean; the constants are those of the game's own scripts. Pure."""

from collections.abc import Mapping

MONSTER, SPELL, TRAP, XYZ, PENDULUM, LINK = 0x1, 0x2, 0x4, 0x800000, 0x1000000, 0x4000000
TOKEN, SKILL = 0x4000, 0x8000000
UNKNOWN_POINTS = -2

ATTRIBUTES = {0x1: "EARTH", 0x2: "WATER", 0x4: "FIRE", 0x8: "WIND", 0x10: "LIGHT", 0x20: "DARK", 0x40: "DIVINE"}
RACES = {
    1 << bit: race
    for bit, race in enumerate(
        (
            "Warrior Spellcaster Fairy Fiend Zombie Machine Aqua Pyro Rock Winged_Beast Plant Insect Thunder Dragon "
            "Beast Beast-Warrior Dinosaur Fish Sea_Serpent Reptile Psychic Divine-Beast Creator_God Wyrm Cyberse "
            "Illusion Cyborg Magical_Knight High_Dragon Omega_Psychic Celestial_Warrior Galaxy"
        ).split()
    )
}
MONSTER_TYPES = {
    0x40: "Fusion",
    0x80: "Ritual",
    0x2000: "Synchro",
    XYZ: "Xyz",
    LINK: "Link",
    PENDULUM: "Pendulum",
    0x200: "Spirit",
    0x400: "Union",
    0x800: "Gemini",
    0x400000: "Toon",
    0x200000: "Flip",
    0x1000: "Tuner",
    0x10: "Normal",
    0x20: "Effect",
    TOKEN: "Token",
}
PROPERTIES = {
    0x10000: "Quick-Play",
    0x20000: "Continuous",
    0x40000: "Equip",
    0x80000: "Field",
    0x80: "Ritual",
    0x100000: "Counter",
}
ARROWS = {0x1: "↙", 0x2: "⬇", 0x4: "↘", 0x8: "⬅", 0x20: "➡", 0x40: "↖", 0x80: "⬆", 0x100: "↗"}


def named_bits(value: int, names: Mapping[int, str]) -> list[str]:
    """Return the names of the bits that are set, in the order of `names`."""
    return [name.replace("_", " ") for bit, name in names.items() if value & bit]


def kind_of(types: int) -> str:
    """Return monster, spell, trap, token or skill."""
    if types & TOKEN:
        return "token"
    if types & SKILL:
        return "skill"
    return "spell" if types & SPELL else "trap" if types & TRAP else "monster"


def type_line(types: int, race: int) -> str:
    """Write the type line as printed, such as "Dragon / Pendulum / Effect", or a spell's or trap's property."""
    if types & MONSTER and not types & (SPELL | TRAP):
        return " / ".join([*named_bits(race, RACES), *named_bits(types, MONSTER_TYPES)])
    return "".join(named_bits(types, PROPERTIES)[:1]) or "Normal"


def level_and_scale(packed: int) -> tuple[int, int]:
    """Unpack level, rank or link rating (low byte) and pendulum scale (highest byte, the left one)."""
    return packed & 0xFF, packed >> 24 & 0xFF
