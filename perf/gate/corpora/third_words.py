"""Word lists from which the third synthetic corpus draws its invented people, places and firms."""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """Surnames and given names that go together."""

    surnames: tuple[str, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]


class Town(NamedTuple):
    """A town with the district around it, its state or nation, its dialling code and the start of its postcode."""

    name: str
    county: str
    state: str
    dial: str
    post: str


def _split(text: str) -> tuple[str, ...]:
    """Split a list on white space; an underscore stands for a space inside an entry."""
    return tuple(word.replace("_", " ") for word in text.split())


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a block that are not empty."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _origin(surnames: str, female: str, male: str) -> Origin:
    """Make an origin of three lists."""
    return Origin(_split(surnames), _split(female), _split(male))


ORIGINS: dict[str, Origin] = {
    "english": _origin(
        "Ashworth Pemberton Holloway Clegg Thackeray Bramwell Small Long Head Foot Bone Field Page Young White Green Marsh Payne Legg Hand "
        "Winterbottom Sidebotham Fairclough Higginbottom Stone Cotton Moody Wragg Tipping Pask Shufflebottom Gill-Hayes Hurst Blackledge Nunn Cope",
        "Margaret Dorothy Hazel Beryl Gillian Pauline Rose May Grace Hope Faith Ivy Joy Maureen Tracey Chloe Imogen",
        "Mark Will Keith Nigel Trevor Clive Gordon Barry Derek Reginald Alfie Oliver Norman Guy Dale Miles",
    ),
    "american": _origin(
        "Kowalchuk Hostetler Yoder Stoltzfus Broussard Thibodeaux Landry Tolliver Boatwright Culpepper Ledbetter Hatfield McElroy Crabtree "
        "Dillard Sizemore Tidwell Rasmussen Vandiver Pickett Hargrove Swafford Lovelace Purvis Bledsoe Stamper",
        "Charlene Darlene Brittany Kaylee Madison Ashlyn Savannah Tammy Loretta Earlene Peggy Wilma",
        "Wendell Clyde Cody Brayden Randall Dwight Travis Earl Chance Colt Vernon Lyle",
    ),
    "african_american": _origin(
        "Gaines Broadnax Pettway Muldrow Gadsden Witherspoon Dupree Cheeks Fluellen Mayfield Bolden Ravenell Tubbs Grier",
        "Latoya Keisha Shanice Ebony Tanisha Aaliyah Precious Odessa Yolanda",
        "DeShawn Tyrone Jamal Marquis Darnell Cedric Lamont Roosevelt",
    ),
    "irish": _origin(
        "O'Driscoll O'Shaughnessy Ní_Dhomhnaill Mac_Giolla McGuinness Kinsella Geraghty Mulcahy Hegarty O'Dowd Cuffe Tuohy McInerney Scully Ó_Briain "
        "Fahy Gilhooly Ruane",
        "Siobhán Aoife Niamh Bríd Caoimhe Sinéad Gráinne Bernadette Assumpta",
        "Eoin Cillian Pádraig Diarmuid Fintan Declan Oisín Tadhg Brendan",
    ),
    "scottish": _origin(
        "Abercrombie McCorquodale Drummond Urquhart Buchan Colquhoun MacLeish Dalziel Farquharson Kinloch Auchterlonie Menzies McNab",
        "Morag Isla Catriona Eilidh Shona Kirsty Mhairi",
        "Hamish Callum Fergus Lachlan Angus Ruaridh Gregor",
    ),
    "welsh": _origin(
        "Prydderch Gwilym Llewellyn ap_Rhys Bevan Pritchard Vaughan-Jones Cadwallader Tudor Maddocks Probert Penry",
        "Carys Angharad Rhiannon Bronwen Ffion Nerys",
        "Gethin Emrys Huw Dafydd Iestyn Aled",
    ),
    "hispanic": _origin(
        "Villaseñor de_la_Cruz Quiñones Ybarra Zaragoza Montoya-Reyes Del_Toro Echeverría Arredondo Fuentes Núñez Olivares Covarrubias Pantoja "
        "Alarcón Barragán",
        "Guadalupe Xiomara Esperanza Marisol Rocío Yesenia Graciela Consuelo",
        "Heriberto Jesús Ángel Ramiro Esteban Gilberto Ignacio Joaquín",
    ),
    "french": _origin(
        "Tremblay Bouchard Lachapelle Gagné St-Pierre Desrosiers L'Heureux Beaulieu Charbonneau Dubé Villeneuve Lévesque",
        "Ghislaine Geneviève Solange Maryse Odette Véronique",
        "Réjean Étienne Gaétan Luc Normand Thibault",
    ),
    "german": _origin(
        "Schröder Obermeyer Vogelsang Brüggemann Weiß Krautheim Zimmerman Lindenbaum Eichhorn Hölzer von_Bergen Pfister",
        "Ingeborg Liesel Hannelore Gretchen Ulrike Annika",
        "Jürgen Wolfgang Dieter Konrad Lothar Ulrich",
    ),
    "dutch": _origin(
        "van_der_Heijden de_Vries Hoekstra TenBroek Van_Wyck Dijkstra VanderMolen ter_Horst Kuipers van_'t_Hof",
        "Saskia Femke Anneke Marijke Liesbeth",
        "Joost Pieter Sjoerd Bram Willem",
    ),
    "italian": _origin(
        "DiBenedetto Lo_Presti Mastroianni D'Agostino Scarpa Campanella Pellegrino Della_Rocca Fontanarosa Zuccarelli Caruso Iannuzzi",
        "Concetta Giuseppina Fiorella Carmela Assunta Rosalba",
        "Salvatore Gennaro Vito Rocco Carmine Ettore",
    ),
    "polish": _origin(
        "Wiśniewski Brzęczyszczykiewicz Szczepański Kowalczyk Nowicka Dąbrowski Grzybowska Przybylski Ziółkowski Wójcik Sikora Jaworski",
        "Agnieszka Bożena Halina Grażyna Katarzyna Zofia",
        "Zbigniew Łukasz Wojciech Krzysztof Bogdan Tadeusz",
    ),
    "ukrainian": _origin(
        "Shevchuk Kovalenko Hrytsenko Bondarenko Yushkevich Melnychenko Savchenko Tymoshchuk Popov Kuznetsova",
        "Oksana Svitlana Lyudmyla Halyna Iryna",
        "Oleksandr Bohdan Mykola Taras Volodymyr",
    ),
    "greek": _origin(
        "Papadimitriou Karageorgis Stavropoulos Mavridis Anagnostopoulou Kontos Zafiropoulos Theodorakis Xenakis Vlahos",
        "Despina Anastasia Kalliope Eleni Fotini",
        "Stavros Panagiotis Yiannis Spiros Evangelos",
    ),
    "scandinavian": _origin(
        "Sørensen Lindqvist Håkansson Bjørnstad Thorvaldsen Ljungberg Østergaard Halvorson Nygård Virtanen Mäkelä",
        "Solveig Astrid Ingrid Sigrid Aino",
        "Bjørn Leif Torbjörn Anders Eino",
    ),
    "portuguese": _origin(
        "Figueiredo Conceição Medeiros da_Silva dos_Santos Furtado Teixeira Carvalho Botelho Simões",
        "Fátima Lurdes Graça Inês Filomena",
        "João Fernão Adelino Joaquim Duarte",
    ),
    "balkan": _origin(
        "Petrović Horvat Krasniqi Hadžić Stojanović Ionescu Popescu Dimitrov Szabó Nagy Vukašinović Berisha",
        "Jelena Ljiljana Mirela Ileana Ilona",
        "Zoran Dragan Besnik Radu László",
    ),
    "baltic": _origin(
        "Žukauskas Kazlauskaitė Bērziņš Ozols Jankauskas Tamm Kask Petrauskienė",
        "Rasa Jurgita Inese Kadri",
        "Vytautas Jānis Arvydas Toomas",
    ),
    "turkish": _origin(
        "Yıldırım Özdemir Şahin Karaca Aydın Çelik Demirci Koç Erdoğdu",
        "Ayşe Zeynep Elif Gülsüm Nurhan",
        "Mehmet Emre Orhan Tarık Hakan",
    ),
    "arabic": _origin(
        "al-Hashimi El-Sayed Abu_Zayd Khoury Al_Jaziri Haddad Mansour bin_Rashid Boutros Nasrallah Kassab Ben_Amor",
        "Fatima Layla Noor Rania Samira Huda",
        "Mohammed Ahmad Yousef Khalid Tariq Abdulrahman",
    ),
    "persian": _origin(
        "Rostami Golzari Mirzakhani-Tehrani Farahani Khorasani Daneshvar Sohrabi Ahmadzai Nuristani",
        "Shirin Parisa Nasrin Mahsa",
        "Behrouz Darius Kamran Navid",
    ),
    "hebrew": _origin(
        "Rosenzweig Ben-Ami Katzenelson Abramovitz Feldstein Mizrahi Peretz Shapira Lowenthal Gottesman",
        "Rivka Shoshana Miriam Yael Golda",
        "Moshe Avi Shlomo Mordechai Ezra",
    ),
    "armenian": _origin(
        "Hovhannisyan Petrosyan Bedrosian Karapetian Chakmakjian Manoukian Topalian",
        "Anahit Siranush Nvard",
        "Garabed Vartan Hagop",
    ),
    "punjabi": _origin(
        "Dhillon Sandhu Gill Grewal Bhullar Kaur Singh Sidhu Brar Aujla",
        "Harpreet Gurpreet Manjit Jaswinder Simran",
        "Balwinder Gurdeep Harjit Surinder Paramjit",
    ),
    "north_indian": _origin(
        "Sharma Agarwal Bhatnagar Trivedi Joshi Kulkarni Deshpande Mehta Srivastava Chaudhary Patel Rajput Saxena",
        "Sunita Kavita Rekha Pooja Anjali Meena",
        "Rajesh Sanjay Vikram Amit Suresh Ashok",
    ),
    "south_indian": _origin(
        "Venkatesan Krishnamurthy Subramaniam Nair Menon Reddy Iyer Chidambaram Pillai Naidu Ramachandran Gowda Kurian Thomas_Mathew",
        "Lakshmi Padmavathi Saraswathi Deepa Revathi Sreeja",
        "Murugan Balaji Karthik Ravindran Senthil Prasad",
    ),
    "bengali": _origin(
        "Chattopadhyay Mukherjee Bandyopadhyay Ghosh Sengupta Rahman Chowdhury Begum Hossain Das",
        "Sharmistha Nasima Moushumi Rina Tahmina",
        "Subrata Abul Debashis Mizanur Anirban",
    ),
    "pakistani": _origin(
        "Qureshi Bhatti Khattak Akhtar Malik Siddiqui Yousafzai Cheema Bukhari Khan",
        "Shazia Rukhsana Nadia Parveen Uzma",
        "Imran Zahid Asif Shahid Nadeem",
    ),
    "goan": _origin(
        "D'Souza Fernandes Pereira D'Mello Lobo Pinto Coutinho Rebello",
        "Philomena Lourdes Blossom",
        "Savio Cajetan Agnelo",
    ),
    "sinhala_tamil": _origin(
        "Wickramasinghe Jayawardena Perera Gunasekara Sivapalan Rajapaksha Thevarajah Fonseka",
        "Dilhani Nirmala Chandrika Tharshini",
        "Ruwan Nuwan Priyantha Kugan",
    ),
    "chinese": _origin(
        "Ng Li Xu Zhang Ho Cheung Ouyang Leung Tse Qiu Wu Huang Yip Szeto An",
        "Mei-Ling Xiaoyan Siu-Fong Hui Yan Wai-Yee",
        "Wei Jianguo Kwok-Wah Zhiqiang Ming Ka-Ho",
    ),
    "vietnamese": _origin(
        "Nguyen Trần Phạm Lê Vo Đặng Bui Huynh Do Truong",
        "Thuy Hương Lan Ngọc Bich",
        "Minh Quang Tuấn Hung Phuc",
    ),
    "korean": _origin(
        "Kim Pak Choi Jung Yoon Lim Seo Oh Namgung Hwang",
        "Soon-Ja Eun-Hye Ji-Young Kyung-Sook",
        "Seung-Min Jong-Ho Dong-Hyun Yong-Su",
    ),
    "japanese": _origin(
        "Takahashi Ogawa Inoue Shimizu Hayashida Morimoto Yamashiro Ito Kuroda",
        "Haruko Michiko Setsuko Yuki",
        "Kenji Hiroshi Takeshi Noboru",
    ),
    "filipino": _origin(
        "Macapagal-Cruz Dimaculangan Bautista Pangilinan Lumibao Magsaysay Catacutan Evangelista Tolentino",
        "Maricel Rowena Jocelyn Luzviminda",
        "Rodrigo Arnel Jun-Jun Efren",
    ),
    "yoruba": _origin(
        "Adebayo-Ogun Olatunji Akinwande Ogunbiyi Adeyemi Oyelaran Fashola Babatunde",
        "Folasade Yetunde Titilayo Abimbola",
        "Olumide Babajide Kayode Tunde",
    ),
    "igbo": _origin(
        "Nwachukwu Okonkwo Eze Onyekachi Chukwuemeka Obiora Uzoma Ikenna-Obi",
        "Ngozi Chidinma Adaeze Ifeoma",
        "Chinedu Obinna Emeka Kelechi",
    ),
    "ghanaian": _origin(
        "Owusu-Ansah Boateng Asante Mensah-Bonsu Amponsah Quartey Nkansah",
        "Akosua Abena Efua",
        "Kwabena Kofi Yaw",
    ),
    "horn": _origin(
        "Tesfaye Gebremariam Haile Woldemichael Abdi Warsame Jama Farah",
        "Selamawit Hodan Hibo Tigist",
        "Dawit Yonas Abdirahman Liban",
    ),
    "east_african": _origin(
        "Wanjiru Kipchumba Odhiambo Mwangi Nalubega Ssekandi Mutasa Chigumbura",
        "Wambui Nakato Rumbidzai",
        "Otieno Kamau Tendai",
    ),
    "southern_african": _origin(
        "van_der_Merwe Botha Dlamini Nkosi Mokoena Khumalo Pretorius Tshabalala",
        "Thandiwe Nomvula Annelie",
        "Sipho Thabo Hendrik",
    ),
    "polynesian": _origin(
        "Tuilagi Fa'amausili Ngata Parata Tupou Taufa Leota",
        "Mele Aroha Sina",
        "Tama Sione Wiremu",
    ),
    "caribbean": _origin(
        "Baptiste Toussaint Ramkissoon Persaud Braithwaite-Clarke Grantley St._Hilaire",
        "Marvalyn Esmie Nadège",
        "Winston Errol Jean-Claude",
    ),
    "indigenous": _origin(
        "Begaye Tsosie Yellowhorse Whitecloud Cardinal Namatjira Bearskin",
        "Winona Kirra Dakota",
        "Chayton Jarrah Tahoma",
    ),
}

HOME_ORIGINS: dict[str, tuple[str, ...]] = {
    "us": ("american", "american", "american", "african_american", "hispanic", "english", "italian", "german"),
    "uk": ("english", "english", "english", "scottish", "welsh", "pakistani", "punjabi"),
    "ie": ("irish", "irish", "irish", "english"),
    "ca": ("english", "french", "american", "scottish", "punjabi", "ukrainian"),
    "au": ("english", "english", "irish", "greek", "italian", "chinese"),
    "in": ("north_indian", "north_indian", "south_indian", "south_indian", "bengali", "goan", "punjabi"),
}


def _towns(block: str) -> tuple[Town, ...]:
    """Read towns from lines of five fields between bars."""
    return tuple(Town(*[field.strip() for field in line.split("|")]) for line in _lines(block))


TOWNS: dict[str, tuple[Town, ...]] = {
    "us": _towns(
        """
        Chillicothe|Ross County|OH|740|456
        Paducah|McCracken County|KY|270|420
        Bozeman|Gallatin County|MT|406|597
        Eau Claire|Eau Claire County|WI|715|547
        Natchez|Adams County|MS|601|391
        Worcester|Worcester County|MA|508|016
        Yakima|Yakima County|WA|509|989
        Las Cruces|Doña Ana County|NM|575|880
        Scranton|Lackawanna County|PA|570|185
        Bakersfield|Kern County|CA|661|933
        Dubuque|Dubuque County|IA|563|520
        Tuscaloosa|Tuscaloosa County|AL|205|354
        Poughkeepsie|Dutchess County|NY|845|126
        Grand Forks|Grand Forks County|ND|701|582
        Pocatello|Bannock County|ID|208|832
        Lake Charles|Calcasieu Parish|LA|337|706
        Kalamazoo|Kalamazoo County|MI|269|490
        Spartanburg|Spartanburg County|SC|864|293
        Valdosta|Lowndes County|GA|229|316
        Nacogdoches|Nacogdoches County|TX|936|759
        Prescott Valley|Yavapai County|AZ|928|863
        Bangor|Penobscot County|ME|207|044
        Rutland|Rutland County|VT|802|057
        Chattanooga|Hamilton County|TN|423|374
        Salina|Saline County|KS|785|674
        Jonesboro|Craighead County|AR|870|724
        Hickory|Catawba County|NC|828|286
        Muncie|Delaware County|IN|765|473
        Peoria|Peoria County|IL|309|616
        Rapid City|Pennington County|SD|605|577
        Kearney|Buffalo County|NE|308|688
        Cape Girardeau|Cape Girardeau County|MO|573|637
        Elko|Elko County|NV|775|898
        Hilo|Hawaii County|HI|808|967
        Wasilla|Matanuska-Susitna Borough|AK|907|996
        Ocala|Marion County|FL|352|344
        Kissimmee|Osceola County|FL|407|347
        Waterbury|New Haven County|CT|203|067
        Nashua|Hillsborough County|NH|603|030
        Pawtucket|Providence County|RI|401|028
        Vineland|Cumberland County|NJ|856|083
        Hagerstown|Washington County|MD|301|217
        Roanoke|Roanoke County|VA|540|240
        Beckley|Raleigh County|WV|304|258
        Lawton|Comanche County|OK|580|735
        Pueblo|Pueblo County|CO|719|810
        Provo|Utah County|UT|801|846
        Medford|Jackson County|OR|541|975
        Duluth|St. Louis County|MN|218|558
        Cheyenne|Laramie County|WY|307|820
        """
    ),
    "uk": _towns(
        """
        Huddersfield|West Yorkshire|England|01484|HD
        Aberystwyth|Ceredigion|Wales|01970|SY
        Kettering|Northamptonshire|England|01536|NN
        Kilmarnock|Ayrshire|Scotland|01563|KA
        Lisburn|County Antrim|Northern Ireland|028 92|BT
        Lowestoft|Suffolk|England|01502|NR
        Barnstaple|Devon|England|01271|EX
        Burton upon Trent|Staffordshire|England|01283|DE
        Merthyr Tydfil|Mid Glamorgan|Wales|01685|CF
        Dunfermline|Fife|Scotland|01383|KY
        Scunthorpe|North Lincolnshire|England|01724|DN
        Bexhill-on-Sea|East Sussex|England|01424|TN
        Tipton|West Midlands|England|0121|DY
        Hexham|Northumberland|England|01434|NE
        Chorley|Lancashire|England|01257|PR
        Newquay|Cornwall|England|01637|TR
        Yeovil|Somerset|England|01935|BA
        Leominster|Herefordshire|England|01568|HR
        Stornoway|Isle of Lewis|Scotland|01851|HS
        Inverurie|Aberdeenshire|Scotland|01467|AB
        Great Yarmouth|Norfolk|England|01493|NR
        Wigan|Greater Manchester|England|01942|WN
        Tooting|Greater London|England|020 8|SW
        Walthamstow|Greater London|England|020 8|E
        Gillingham|Kent|England|01634|ME
        Basingstoke|Hampshire|England|01256|RG
        Llanelli|Carmarthenshire|Wales|01554|SA
        Wrexham|Clwyd|Wales|01978|LL
        Omagh|County Tyrone|Northern Ireland|028 82|BT
        Workington|Cumbria|England|01900|CA
        Skegness|Lincolnshire|England|01754|PE
        Redditch|Worcestershire|England|01527|B
        Nuneaton|Warwickshire|England|024 76|CV
        Stevenage|Hertfordshire|England|01438|SG
        Clacton|Essex|England|01255|CO
        Reading|Berkshire|England|0118|RG
        Sale|Cheshire|England|0161|M
        Bath|Somerset|England|01225|BA
        Ely|Cambridgeshire|England|01353|CB
        Motherwell|Lanarkshire|Scotland|01698|ML
        """
    ),
    "ie": _towns(
        """
        Ballinasloe|Co. Galway|Ireland|090|H53
        Letterkenny|Co. Donegal|Ireland|074|F92
        Clonmel|Co. Tipperary|Ireland|052|E91
        Dundalk|Co. Louth|Ireland|042|A91
        Tralee|Co. Kerry|Ireland|066|V92
        Mullingar|Co. Westmeath|Ireland|044|N91
        Carrick-on-Shannon|Co. Leitrim|Ireland|071|N41
        Enniscorthy|Co. Wexford|Ireland|053|Y21
        Ennis|Co. Clare|Ireland|065|V95
        Castlebar|Co. Mayo|Ireland|094|F23
        Naas|Co. Kildare|Ireland|045|W91
        Mallow|Co. Cork|Ireland|022|P51
        Tallaght|Co. Dublin|Ireland|01|D24
        Portlaoise|Co. Laois|Ireland|057|R32
        """
    ),
    "ca": _towns(
        """
        Moose Jaw|Division No. 7|SK|306|S6H
        Trois-Rivières|Mauricie|QC|819|G9A
        Sault Ste. Marie|Algoma District|ON|705|P6A
        Medicine Hat|Cypress County|AB|403|T1A
        Kamloops|Thompson-Nicola|BC|250|V2C
        Corner Brook|Bay of Islands|NL|709|A2H
        Truro|Colchester County|NS|902|B2N
        Moncton|Westmorland County|NB|506|E1C
        Brandon|Westman|MB|204|R7A
        Summerside|Prince County|PE|902|C1N
        Whitehorse|Lake Laberge|YT|867|Y1A
        Chilliwack|Fraser Valley|BC|604|V2P
        Orillia|Simcoe County|ON|705|L3V
        Rimouski|Bas-Saint-Laurent|QC|418|G5L
        Chatham-Kent|Kent County|ON|519|N7M
        Yorkton|Division No. 9|SK|306|S3N
        Flin Flon|Northern Region|MB|204|R8A
        Bathurst|Gloucester County|NB|506|E2A
        """
    ),
    "au": _towns(
        """
        Wagga Wagga|Riverina|NSW|02 69|26
        Toowoomba|Darling Downs|QLD|07 46|43
        Bendigo|Loddon Shire|VIC|03 54|35
        Kalgoorlie|Goldfields|WA|08 90|64
        Mount Gambier|Limestone Coast|SA|08 87|52
        Launceston|Tamar Valley|TAS|03 63|72
        Alice Springs|MacDonnell|NT|08 89|08
        Dubbo|Orana|NSW|02 68|28
        Parramatta|Cumberland|NSW|02 96|21
        Rockhampton|Fitzroy|QLD|07 49|47
        Warrnambool|Western District|VIC|03 55|32
        Bunbury|Shire of Dardanup|WA|08 97|62
        Queanbeyan|Palerang|NSW|02 62|26
        Gympie|Wide Bay|QLD|07 54|45
        Traralgon|Gippsland|VIC|03 51|38
        Murray Bridge|Murraylands|SA|08 85|52
        Devonport|Mersey|TAS|03 64|73
        Katherine|Big Rivers|NT|08 89|08
        """
    ),
    "in": _towns(
        """
        Kanchipuram|Chengalpattu Dist.|Tamil Nadu|044|631
        Nashik|Nashik District|Maharashtra|0253|422
        Ludhiana|Ludhiana District|Punjab|0161|141
        Thrissur|Thrissur Dist|Kerala|0487|680
        Vijayawada|Krishna District|Andhra Pradesh|0866|520
        Bareilly|Bareilly District|Uttar Pradesh|0581|243
        Durgapur|Paschim Bardhaman|West Bengal|0343|713
        Hubballi|Dharwad District|Karnataka|0836|580
        Bhavnagar|Saurashtra|Gujarat|0278|364
        Kota|Hadoti|Rajasthan|0744|324
        Jabalpur|Mahakoshal|Madhya Pradesh|0761|482
        Cuttack|Cuttack District|Odisha|0671|753
        Muzaffarpur|Tirhut|Bihar|0621|842
        Silchar|Cachar|Assam|03842|788
        Warangal|Hanamkonda|Telangana|0870|506
        Rohtak|Rohtak District|Haryana|01262|124
        Margao|South Goa|Goa|0832|403
        Haldwani|Nainital District|Uttarakhand|05946|263
        Salem|Salem District|Tamil Nadu|0427|636
        Kolhapur|Kolhapur District|Maharashtra|0231|416
        """
    ),
}

ROADS: tuple[str, ...] = _lines(
    """
    Alder Creek
    Marlowe
    Quarry Bank
    Old Post
    Hawthorn
    Kestrel
    Sycamore
    Church
    Station
    Mill
    Victoria
    Albert
    Wellington
    Nelson
    Prospect
    Ridgeway
    Fairview
    Sunnyside
    Lakeshore
    Magnolia
    Peachtree
    Juniper
    Cottonwood
    Bluebonnet
    Mesquite
    Saguaro
    Dogwood
    Chestnut
    Larkspur
    Windermere
    Coniston
    Ullswater
    Bannister
    Thornhill
    Glebe
    Rectory
    Vicarage
    Abbey
    Priory
    Cloister
    St Anne's
    St. Mark's
    St Cuthbert's
    King Edward
    Queen Mary
    Prince Regent
    Jubilee
    Coronation
    Trafalgar
    Waterloo
    Balaclava
    Inkerman
    Mafeking
    Gladstone
    Disraeli
    Cromwell
    Tennyson
    Wordsworth
    Byron
    Shelley
    Keats
    Dickens
    Chaucer
    Milton
    Ruskin
    Darwin
    Newton
    Faraday
    Brunel
    Stephenson
    Telford
    Arkwright
    Foundry
    Colliery
    Pit Lane
    Tannery
    Ropewalk
    Weavers
    Saddlers
    Coopers
    Chandlers
    Fletcher
    Potters
    Haymarket
    Cornmarket
    Beast Market
    Sheep Street
    Castlegate
    Northgate
    Micklegate
    Bridge
    Ferry
    Harbour
    Quayside
    Lighthouse
    Cliff
    Seaview
    Esplanade
    Strand
    Dune
    Wattle
    Banksia
    Jacaranda
    Kookaburra
    Ironbark
    Currawong
    Eucalypt
    Gumtree
    Billabong
    Stockmans
    Drovers
    Maple
    Trillium
    Beaver Dam
    Portage
    Voyageur
    Laurier
    Dundas
    Bloor
    Yonge
    Saskatoon
    Tamarack
    Caribou
    Gandhi
    Nehru
    Subhash
    Tilak
    Patel
    Ambedkar
    Shivaji
    Lalbagh
    Anna
    Kamaraj
    Mission
    Temple
    Tank Bund
    Jail
    Cantonment
    Residency
    Brigade
    Commercial
    Link
    Ring
    Bypass
    Ballyhackamore
    Knockmore
    Cloonfad
    Rathmore
    Drumcondra
    Gortnagap
    Killeen
    Ashgrove
    Oakdene
    Elmhurst
    Beechcroft
    Pinehurst
    Willowbrook
    Cedar Bluff
    Hickory Hollow
    Pecan Grove
    County Line
    Sawmill
    Turkey Run
    """
)

ROAD_TYPES: dict[str, tuple[str, ...]] = {
    "us": (
        "St",
        "Street",
        "Ave",
        "Avenue",
        "Rd",
        "Road",
        "Dr",
        "Drive",
        "Ln",
        "Lane",
        "Blvd",
        "Ct",
        "Pkwy",
        "Way",
        "Cir",
        "Trail",
    ),
    "uk": (
        "Road",
        "Rd",
        "Street",
        "Lane",
        "Close",
        "Avenue",
        "Crescent",
        "Gardens",
        "Terrace",
        "Way",
        "Drive",
        "Grove",
        "Mews",
    ),
    "ie": ("Road", "Street", "Park", "Drive", "Close", "Terrace", "Avenue", "Lawn"),
    "ca": ("St", "Street", "Ave", "Avenue", "Cres", "Crescent", "Rd", "Drive", "Blvd", "Way"),
    "au": ("St", "Street", "Rd", "Road", "Ave", "Pde", "Parade", "Cres", "Court", "Place", "Hwy"),
    "in": ("Road", "Marg", "Nagar", "Street", "Main Road", "Cross", "Colony", "Layout", "Salai"),
}

EMPLOYERS: dict[str, tuple[str, ...]] = {
    "any": _lines(
        """
        Harlow & Finch Logistics
        Amazon
        IKEA
        McDonald's
        Brightwater Seafoods
        Kestrel Aerospace
        Meridian Freight
        Northgate Timber
        Pinnacle Scaffolding
        DHL
        Ridgeline Quarries
        Costco
        Halcyon Hotels
        Deloitte
        Orchard Grove Care Home
        Silverline Coaches
        Uber
        Tidewell Plumbing
        Bluestone Cement
        Vantage Glassworks
        """
    ),
    "us": _lines(
        """
        Walmart
        Home Depot
        Tri-County Roofing
        Perdue
        Tyson Foods
        John Deere
        the US Postal Service
        UPS
        Boeing
        Smithfield
        Peterbilt
        Dollar General
        Lone Pine Sheriff's Office
        Bledsoe & Sons Drywall
        Big Creek Coal Company
        Ford
        """
    ),
    "uk": _lines(
        """
        Tesco
        Royal Mail
        Rolls-Royce
        Network Rail
        Greggs
        Stagecoach
        Jaguar Land Rover
        Sainsbury's
        Thornfield Textiles
        Wetherspoons
        Hepworth Steel
        British Gas
        """
    ),
    "ie": _lines(
        """
        Dunnes Stores
        SuperValu
        Kerry Group
        Bord na Móna
        Iarnród Éireann
        Glanmore Creamery
        """
    ),
    "ca": _lines(
        """
        Tim Hortons
        Canadian Tire
        Bombardier
        Suncor
        Loblaws
        Algoma Steel
        Sobeys
        Cariboo Pulp & Paper
        """
    ),
    "au": _lines(
        """
        Woolworths
        Bunnings
        BHP
        Qantas
        Coles
        Rio Tinto
        Yarrabee Shearing Contractors
        Australia Post
        """
    ),
    "in": _lines(
        """
        Tata Motors
        Infosys
        Indian Railways
        Bharat Heavy Electricals
        Reliance Retail
        Sri Murugan Mills
        Larsen & Toubro
        State Bank of India
        """
    ),
}

HOSPITALS: dict[str, tuple[str, ...]] = {
    "us": _lines(
        """
        Mercy Vale Medical Center
        St. Brendan Regional Hospital
        Lakeside Community Hospital
        Providence Hill Health
        Good Shepherd Imaging Center
        Tri-Rivers VA Medical Center
        Northfield Orthopedic Clinic
        Baptist Memorial East
        Cedar Bluff Urgent Care
        University Hospital
        """
    ),
    "uk": _lines(
        """
        Eastmere General Hospital
        St Aldhelm's Hospital
        Queen Margaret Infirmary
        Royal Westmarch Hospital
        Millbrook Community Hospital
        The Spinney Surgery
        Harcourt Nuffield
        Priory Road Health Centre
        """
    ),
    "ie": _lines(
        """
        Mater Gloriosa Hospital
        St Fiachra's University Hospital
        Regional Hospital Knockmore
        Galtee Clinic
        Our Lady's Hospital
        """
    ),
    "ca": _lines(
        """
        Hôpital Sainte-Justine-du-Lac
        Prairie Lakes Health Centre
        Grey Nuns East
        Northern Shield Regional
        St. Boniface North
        """
    ),
    "au": _lines(
        """
        Royal Gippsland Hospital
        Coolabah Base Hospital
        St Dymphna's Private
        Southern Cross Radiology
        Bayside Imaging
        """
    ),
    "in": _lines(
        """
        Sanjeevani Multispeciality Hospital
        Shree Ganesh Diagnostic Centre
        Christ Mission Hospital
        Aarogya Scans
        Govt. District Hospital
        """
    ),
}

SCHOOLS: tuple[str, ...] = (
    "St Brigid's National School",
    "Lincoln Middle School",
    "Oakdene Primary",
    "Jefferson High",
    "Westmarch Grammar",
    "Sacred Heart Convent School",
)

DOMAINS: dict[str, tuple[str, ...]] = {
    "us": (
        "mercyvale-imaging.org",
        "tririversrad.net",
        "lakesidecommhealth.org",
        "cedarbluffortho.com",
        "bluepinemail.com",
    ),
    "uk": ("eastmere-tr.nhs.uk", "royalwestmarch.nhs.uk", "spinneysurgery-gp.co.uk", "heathermail.co.uk"),
    "ie": ("stfiachras-uh.ie", "galteeclinicimaging.ie", "shamrockpost.ie"),
    "ca": ("prairielakeshc.ca", "nshieldregional.on.ca", "courrielboreal.ca"),
    "au": ("coolabahbase.health.nsw.gov.au", "baysideimaging-rad.com.au", "wattlemail.net.au"),
    "in": ("sanjeevanimulti.co.in", "aarogyascanscentre.in", "neempost.in"),
}
