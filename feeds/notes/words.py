"""The words that people use in notes: the importer's whole vocabulary, and nothing else.

All of them are folded (see ``fold``): lower case, no accents, single blanks.
"""

import unicodedata

from feeds.text import one_line

# Labels and markers are short. Longer text is never looked up: folding is not linear in the
# length of a run of combining marks, and no entry below is as long.
_LONGEST = 80


def fold(text: str) -> str:
    """``text`` as the tables below spell it; empty when it is too long to be in any of them."""
    if len(text) > _LONGEST:
        return ""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return one_line("".join(char for char in decomposed if not unicodedata.combining(char)))


def label(text: str) -> str:
    """``text`` folded, without the emphasis, bullets, colons or emoji around it."""
    if len(text) > _LONGEST:
        return ""
    letters = [index for index, char in enumerate(text) if char.isalnum()]
    return fold(text[letters[0] : letters[-1] + 1]) if letters else ""


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.strip().splitlines())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands before the first colon of a heading → Talk.kind.
KINDS = {
    "keynote": "keynote",
    "opening keynote": "keynote",
    "closing keynote": "keynote",
    "sponsor keynote": "keynote",
    "sponsored keynote": "keynote",
    "keynote patrocinada": "keynote",
    "plenary": "keynote",
    "plenaria": "keynote",
    "sesion plenaria": "keynote",
    "magistral": "keynote",
    "conferencia magistral": "keynote",
    "charla magistral": "keynote",
    "lightning": "lightning",
    "lightning talk": "lightning",
    "charla relampago": "lightning",
    "platica relampago": "lightning",
    "relampago": "lightning",
    "panel": "panel",
    "panel discussion": "panel",
    "mesa redonda": "panel",
    "workshop": "workshop",
    "taller": "workshop",
    "tutorial": "tutorial",
    "bof": "bof",
    "birds of a feather": "bof",
    "hallway": "hallway",
    "hallway track": "hallway",
    "pasillo": "hallway",
    "talk": "talk",
    "session": "talk",
    "charla": "talk",
    "platica": "talk",
    "ponencia": "talk",
    "sesion": "talk",
}
# Prefixes that say more than the kind that they stand for; the importer says so.
LOSSY_KINDS = frozenset(
    kind for kind in KINDS if kind.startswith(("opening", "closing", "sponsor"))
) | {"keynote patrocinada"}

_LEVEL_WORDS = {
    "beginner": "beginner",
    "basic": "beginner",
    "introductory": "beginner",
    "principiante": "beginner",
    "principiantes": "beginner",
    "basico": "beginner",
    "intermediate": "intermediate",
    "intermedio": "intermediate",
    "advanced": "advanced",
    "avanzado": "advanced",
}
# What stands in brackets (a letter only in square ones) → Talk.level.
LEVEL_LETTERS = {"B": "beginner", "I": "intermediate", "A": "advanced"}
LEVELS = {
    f"{before}{word}{after}": level
    for word, level in _LEVEL_WORDS.items()
    for before, after in (("", ""), ("", " level"), ("", " skill level"), ("nivel ", ""))
}

SLIDES, RECORDING = "slides", "recording"
_SLIDES_LABELS = _lines("""
    deck
    diapos
    diapositiva
    diapositivas
    filminas
    lamina
    laminas
    pdf
    presentacion
    presentaciones
    presentation
    slide
    slide deck
    slidedeck
    slides
    transparencias
""")
_RECORDING_LABELS = _lines("""
    grabacion
    recording
    ver en youtube
    ver video
    video
    video en youtube
    video recording
    video youtube
    vimeo
    watch
    watch on youtube
    watch the recording
    watch the video
    you tube
    youtube
    youtube video
""")
LINK_LABELS = dict.fromkeys(_SLIDES_LABELS, SLIDES) | dict.fromkeys(_RECORDING_LABELS, RECORDING)

# What people write where a link will be one day.
NOTHING_YET = _lines("""
    -
    --
    ?
    ???
    …
    ...
    aun no
    coming soon
    falta
    missing
    n/a
    na
    ninguna
    ninguno
    no
    no disponible
    none
    none yet
    not available
    not yet
    pendiente
    pendientes
    por subir
    proximamente
    tba
    tbd
    todavia no
    todo
""")

NOTES, LINKS, ABSTRACT = "notes", "links", "abstract"
# A line that is nothing but one of these introduces what follows it.
SECTION_LABELS = (
    dict.fromkeys(
        _lines("""
            apuntes
            comentarios
            comments
            mis apuntes
            mis notas
            my notes
            notas
            notes
        """),
        NOTES,
    )
    | dict.fromkeys(
        _lines("""
            enlaces
            ligas
            links
            material
            materiales
            recursos
            resources
            slides
            slides & video
            slides and video
            video
        """),
        LINKS,
    )
    | dict.fromkeys(
        _lines("""
            abstract
            descripcion
            description
            resumen
            summary
        """),
        ABSTRACT,
    )
)

MODERATED = _lines("""
    moderada por
    moderado por
    moderated by
    moderator
    moderador
    moderadora
""")

PARTICLES = _words(
    "af al ap bin bint da dal dalla das de degli dei del della den der di do dos du e el ibn la las"
    " le lo los ten ter van ver vom von y zu zum zur"
)
# Small or not, they open a title ("La nube"), not a name.
ARTICLES = _words("La Las Los Un Una la las los un una")
# What may stand in front of a second capital within a name: McLuckie, DeShawn, O'Brien.
CAMEL = _words("mc mac de di da la le lo van von fitz st du o d del el al")
NAME_SUFFIXES = _words("jr sr ii iii iv phd md msc mba")
COMPANY_SUFFIXES = _words("inc ltd llc llp gmbh ag corp co sa sas srl bv plc pty kk ab oy sl")

# A last word that makes a phrase a role ("Independent Developer", "CEO and Co-Founder").
ROLE_NOUNS = _words(
    "admin administrator advocate analista analyst architect arquitecta arquitecto author"
    " autor autora ceo cfo chair cio ciso cmo co-founder cofounder committer consultant"
    " consultor consultora contractor contributor coo cpo cso cto desarrollador desarrolladora"
    " designer developer director directora engineer estudiante evangelist evp founder freelance"
    " freelancer fundador fundadora gerente independent independiente ingeniera ingeniero"
    " instructor intern investigador investigadora jefa jefe lead leader lecturer lider"
    " maintainer manager moderator moderador moderadora officer operator owner president"
    " presidenta presidente productor professor profesor profesora programador programadora"
    " programmer researcher scientist specialist sre strategist student svp sysadmin vp writer"
)
# A first word that does: "VP Engineering", "Head of Platform", "Chief of Staff".
ROLE_HEADS = _words("ceo chief cto director directora evp head jefa jefe member svp vp")

_ROLE_ADJECTIVES = _words(
    "advocacy associate distinguished engineering executive marketing principal product"
    " relations research sales senior staff technologist"
)

# Words of titles, techniques and organizations: a part of a heading with one of them is no
# personal name. Words that are also somebody's name (Grant, Young, Page, Day) stay out.
_TITLE_WORDS = _words(
    "a about across after ahead all and another any are as at avoiding be beginner beginners"
    " beginning behind better between beyond big bigger bring bringing build building built but"
    " by can cases caso challenge challenges changing choose choosing closing como comparison"
    " con concepts continued cookbook crash creating cuando current dark debate deep deeper"
    " demo demos demystified desde design different discussion dive dives does done edition el"
    " en end ended estudio ever every everyone everything evolution evolving example examples"
    " experience experiences explained exploring fails failure failures faster field final five"
    " fix for four from fun fundamentals future getting goes going good great guide hacks hands"
    " happens happy hard has have here hour how ideas if inside internals into intro"
    " introduccion introducing introduction is it its journey just keep keynote la lab las last"
    " latest learn learned learning learnt leccion lecciones less lessons like live los making"
    " matters meet meeting meets missing mistakes modern more most my myth myths need never new"
    " next nine no not nothing now nuevo of off on one open opening optimizing or other our out"
    " over overview panel para part parte past patterns perfect pitfalls play por practica"
    " practical practice practices present preview primer principles problem problems"
    " production project projects proven question questions quick ready really recap recipes"
    " remarks results retrospective revisited road roadmap rocks running saved saving scale"
    " scaling second secret secrets segunda session seven shared show simple six solution"
    " solved solving some stack start started starting state step steps still stop stories"
    " story strategies strategy studies study success successful survey survival surviving ten"
    " than that the their them then theory there things think third this three through time"
    " tips to together too tools top tour toward towards tricks trip truth tutorial two"
    " ultimate un una under understanding unified universal unleashed up update updated updates"
    " us use using vision want war was way ways we welcome what when where which who why"
    " winning with without work works workshop world worst wrong you your zero"
)
_FIELD_WORDS = _words(
    "access agile ai alert alerting analytics ansible apache api apis app application"
    " applications apps architecture architectures audit authentication authorization automated"
    " automation autoscaler autoscaling aws azure backend backup bare batch benchmark"
    " benchmarks boring canary capacity chaos chart charts ci cli client clients"
    " cloud clouds cluster clusters cncf code community complex compute computing config"
    " configuration container containerd containers continuous controller controllers coredns"
    " cost costs cri cryptography culture customer data database databases debugging"
    " declarative delivery deploy deploying deployment deployments dev developers devops"
    " disaster distributed dns docker domain driven edge elastic emerging encryption enterprise"
    " enterprises envoy etcd event events failover feature features federation fluentd"
    " framework function functions game gateway git gitops global golang governance gpu grpc"
    " hadoop hardware heterogeneous high history hybrid identity image images implementation"
    " infrastructure ingress integration interface internet introspection iot istio jaeger java"
    " javascript kafka kernel kubeadm kubecon kubeflow kubelet kubernetes lambda"
    " language latency legacy level lifecycle linkerd linux load local logging logs machine"
    " management manager mesh mesos message messaging metal metrics micro microservice"
    " microservices migration mobile model models monitoring multi multicloud multicluster"
    " namespace namespaces native network networking networkpolicy networks node nodejs nodes"
    " nodo observability online openshift opentracing operations operator operators"
    " orchestration performance persistent pipeline pipelines platform platforms pod pods"
    " policies policy postmortem private programming prometheus protocol provisioning proxy"
    " public python quality rbac realtime recovery redis registry release reliability reliable"
    " resilience resilient resource resources rkt robust rolling runtime runtimes rust sandbox"
    " scalability scalable scheduler scheduling science search secure security server"
    " serverless servers service services sidecar sig simplicity software source spark"
    " specification spiffe sql stateful statefulset stateless storage stream streaming"
    " superpower support system systems taller tech technical technologies technology telemetry"
    " terraform test testing thing topology tracing traffic trust upgrade upgrades user users"
    " vault version virtual vitess volumes web windows workflow workflows workload workloads"
    " zen"
)
_ORGANIZATION_WORDS = _words(
    "academy agency airlines association banco bank capital center centre centro college"
    " committee company consortium consulting corporation department escuela financial"
    " foundation fund fundacion gmbh government group grupo health holdings hospital inc"
    " industries institute instituto insurance international lab laboratories laboratory labs"
    " limited llc ltd media microsystems ministry networks observatory office partners pharma"
    " products project research school secretaria society solutions studio studios team telecom"
    " telekom trust universidad universitat university ventures works"
)
NOT_A_NAME = (
    _TITLE_WORDS | _FIELD_WORDS | _ORGANIZATION_WORDS | ROLE_NOUNS | ROLE_HEADS | _ROLE_ADJECTIVES
)
# Organizations of this field whose names have the shape of a person's.
ORGANIZATIONS = _lines("""
    american express
    booz allen hamilton
    capital one
    chan zuckerberg
    deutsche bahn
    digital ocean
    eli lilly
    general electric
    general motors
    goldman sachs
    hewlett packard
    hewlett packard enterprise
    home depot
    johns hopkins
    jp morgan
    lawrence berkeley
    mercado libre
    morgan stanley
    new relic
    palo alto
    price waterhouse
    red hat
    rolls royce
    stack overflow
    thomson reuters
    under armour
    wells fargo
    western digital
    whole foods
""")

DAY_NOUNS = _words("day dia jour jornada")
_CARDINALS = (
    "zero cero|one uno|two dos|three tres|four cuatro|five cinco|six seis|seven siete"
    "|eight ocho|nine nueve|ten diez"
)
_ORDINALS = (
    "|first primer primero primera|second segundo segunda|third tercer tercero tercera"
    "|fourth cuarto cuarta|fifth quinto quinta|sixth sexto sexta|seventh septimo septima"
    "|eighth octavo octava|ninth noveno novena|tenth decimo decima"
)
CARDINALS, ORDINALS = (
    {word: number for number, words in enumerate(table.split("|")) for word in words.split()}
    for table in (_CARDINALS, _ORDINALS)
)
ORDINAL_ENDINGS = _words("st nd rd th o a er do ro to no mo vo")
# What may stand beside the number in a heading that is nothing but a day.
CALENDAR_WORDS = _words(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs"
    " fri sat sun lunes martes miercoles jueves viernes sabado domingo january february march"
    " april may june july august september october november december jan feb mar apr jun jul"
    " aug sep sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre"
    " setiembre octubre noviembre diciembre ene abr ago dic de del of the el on st nd rd th"
)
