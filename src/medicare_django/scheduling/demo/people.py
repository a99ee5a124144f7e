"""Invented people: names put together by chance, from many parts of the world."""

# ruff: noqa: RUF001 - letters of other scripts that look like Latin ones are meant

from collections.abc import Iterator
from random import Random

from attrs import frozen

from medicare_django.accounts.models import Gender


@frozen
class Person:
    name: str
    gender: Gender


@frozen
class Names:
    """Given names of women and of men, and family names that go with both; commas between."""

    women: str
    men: str
    families: str


LATIN = (
    Names(
        "Hazel, Philippa, Imogen, Nora, Beatrix, Jo",
        "Rupert, Alistair, Barnaby, Colin, Fergus, Ned",
        "Ashdown, Birtwhistle, Thornbury-Lacey, Pemberley, Garside, Lund, Ozanne, Quill",
    ),
    Names(
        "Siobhán, Aoife, Gráinne, Niamh, Caoimhe, Órla",
        "Pádraig, Cillian, Eoghan, Ruairí, Tadhg, Oisín",
        "O'Callaghan, MacGillabride, Brannigan, Hallinan-Keogh, Geraghty, Tuohy",
    ),
    Names(
        "Annegret, Friederike, Käthe, Liselotte, Ute, Änne",
        "Jürgen, Götz, Hans-Günther, Matthias, Uwe, Björn",
        "Großkreutz, Schönfelder, Überle, von der Wiesche, Maywald, Öttl, Jähnichen, Rau",
    ),
    Names(
        "Céline, Anaïs, Marie-Hélène, Solène, Zoé, Églantine",
        "Loïc, François-Xavier, Aurèle, Gaël, Théo, Benoît",
        "Lefrançois, d'Aubremont, Chauvigné, Béranger, Noël-Duplessis, Roy, Thévenard",
    ),
    Names(
        "María Fernanda, Begoña, Itziar, Inés, Lucía, Ximena",
        "Íñigo, Joaquín, Andrés, José Ramón, Óscar, Ramiro",
        "Villaseñor Echeverría, Belaústegui, Muñoz de la Peña, Zúñiga, Quiñones, Goikoetxea",
    ),
    Names(
        "Conceição, Inês, Lívia, Graça, Thaís, Maria Antónia",
        "João, Estêvão, Caetano, Zé, Anselmo, Luís Otávio",
        "Gonçalves Pimentel, Magalhães, Brandão, Vasconcelos e Sá, Leitão, Assunção",
    ),
    Names(
        "Małgorzata, Zofia, Bożena, Grażyna, Jagoda, Świętosława",
        "Łukasz, Przemysław, Zdzisław, Wojciech, Paweł, Jan",
        "Brzęczyk, Krzyżak, Wątroba, Gołąb, Szczepaniec, Mróz, Żuraw, Dąb",
    ),
    Names(
        "Åsa, Ingeborg, Solveig, Þórdís, Maija, Ylva",
        "Øyvind, Søren, Håkon, Eskil, Jørn, Bo",
        "Ødegård, Blåfjell, Kjærsgaard, Lindqvist-Ståhl, Ek, Þorvaldsdal, Hyvärilä, Bø",
    ),
    Names(
        "Zeynep, Gülşen, İpek, Nilüfer, Elif, Çiğdem",
        "Oğuz, Barış, Kaan, Şükrü, Tolga, Emre",
        "Karadağlı, Yıldızhan, Gümüşsoy, Özbilek, Taş, Çınarlı, Uğurcan, Ak",
    ),
    Names(
        "Adaeze, Folasade, Ngozi, Wanjiru, Akosua, Zanele",
        "Chukwuemeka, Babatunde, Kwabena, Sipho, Otieno, Obi",
        "Nwachukwu, Ògúnbọ̀dé, Mutiso, Boateng-Asare, Ndlela, Eze, Waweru, Adéyẹmọ",
    ),
    Names(
        "Meenakshi, Ananya, Lakshmi Priya, Farzana, Sumathi, Devi",
        "Venkataramanan, Aravind, Tharindu, Rafiq, Nikhil, Om",
        "Balasubramaniam, Wickramanayake, Chattopadhyaya, Deshpande, Rao, Iqbal, Ghosh, Vyas",
    ),
    Names(
        "Nguyệt, Thùy Linh, Mei-Lin, Haruka, Ji-won, Ploypailin",
        "Quốc Hùng, Đức, Wei, Kenshirō, Min-jun, Thanawat",
        "Đặng, Ng, Trịnh, Ōmura, Hwang, Rattanaphongsakorn, Xu, Minagawa, Wu",
    ),
    Names(
        "Yasmine, Noor, Leïla, Shirin, Rania, Huda",
        "Idris, Samir, Behrouz, Abd al-Rahman, Tariq, Ziad",
        "Haddadin, al-Mansouri, Benyoucef, Farrokhnejad, Kattan, El Idrissi, Sabbagh",
    ),
)
OTHER_SCRIPTS = (
    Names("Олена, Ярина, Соломія", "Тарас, Богдан, Юрій", "Ткачук, Вербиченко, Степаненко"),
    Names("Ευανθία, Καλλιόπη", "Σταμάτης, Λευτέρης", "Παπαχριστοδούλου, Γεωργίου, Χατζηκώστα"),
    Names("ليلى, هدى, رانيا", "سامر, زياد, طارق", "حدادين, القطان, الصباغ"),
)


def draw_people(random: Random, sources: tuple[Names, ...]) -> Iterator[Person]:
    """No name comes twice; the caller takes no more people than there are names."""
    drawn = set()
    while True:
        source = random.choice(sources)
        gender = random.choice((Gender.FEMALE, Gender.MALE))
        given = source.women if gender is Gender.FEMALE else source.men
        name = " ".join(random.choice(names.split(", ")) for names in (given, source.families))
        if name not in drawn:
            drawn.add(name)
            yield Person(name, gender)
