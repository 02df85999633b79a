"""A file of every kind that goes in and out, with rows as customers and suppliers send them.

A new kind joins here: `test_every_kind.py` fails where one has no file.
"""

from __future__ import annotations

EXAMPLES: dict[str, str] = {
    "accounts": """\
account,name,parent,parent_kind,type,segment,currency,country,timezone,price_policy,price_group,credit_limit,gln
11,"Müller, Söhne & Co.",1,,,gold,EUR,DE,Europe/Berlin,lowest,A,2500.5,4012345000016
1,Verband Süd,,,buying_group,,EUR,DE,Europe/Berlin,,,,4012345000009
12,Łódź Sp. z o.o.,1,buying_group,reseller,,EUR,PL,Europe/Warsaw,,,,
""",
    "parties": '''\
account,role,id,scheme,name,city,country,valid_from,valid_to
11,BY,4012345000016,gln,Müller,Köln,DE,,
11,DP,LAGER-2,theirs,"Lager ""2""",Köln,DE,2026-01-01,2026-12-31
''',
    "segments": """\
segment,kind,rule,priority,valid_from,valid_to
gold,status,"revenue_12m >= 100000 and country in (""DE"",""AT"")",10,2026-01-01,
builders,demographic,,,,2030-12-31
""",
    "contacts": """\
account,name,role,email,phone,language
11,Ana Pérez,purchasing,ana@example.com,+49 40 123,de
""",
    "service-levels": """\
service_level,name,channels,response_hours,hours
standard,Standard,mail,24,
""",
    "service-contacts": """\
subject,name,role,email,phone,precedence
all,Bo Berg,sales,bo@example.com,+49 40 99,1
account:11,Cy Cruz,technician,cy@example.com,,2
""",
    "products": """\
sku,name,base_unit,gtin,unit:BX,gtin:BX,unit:PAL,category,family,quantity_step,weight_kg,attr:thread,name:de,description:fr
SCREW,Screw,C62,4006381333931,200,4012345000030,1/3,fix/screws,screws,100,0.0125,M8,Schraube,Vis à tête
NUT,"Nut; M8, plain",C62,,,,,fix,,,,,,
PLUS,=Plus,C62,,,,,,,,,,,
""",
    "part-numbers": """\
account,number,product,unit,description,valid_from,valid_to
11,4711-A,SCREW,BX,Sechskant,2026-01-01,2026-06-30
11,0815,NUT,,,,
""",
    "relations": """\
product,related,kind,quantity,position
SCREW,NUT,accessory,2,10
""",
    "assortments": """\
assortment,mode,product,category,brand,subject,effect
core,include,SCREW,,,,
core,include,,fix,,,
core,include,,,,account:11,allow
""",
    "tailoring": """\
subject,product,field,value
account:11,SCREW,name,Schraube nach Zeichnung 5
""",
    "price-lists": """\
list,kind,currency,tax,priority,exclusive,contract,valid_from,valid_to,status
K-1,contract,EUR,net,10,yes,C-2026,2026-01-01,2026-12-31,active
old,list,,gross,-1,,,,,inactive
""",
    "prices": """\
key,list,subject,object,type,amount,currency,per,unit,min_quantity,valid_from,valid_to,contract_line,stop,floor
,K-1,account:11,product:SCREW,PRICE,7.77,EUR,100,BX,,,,10,yes,5
,K-1,account:11,product:SCREW,PRICE,7.404,EUR,100,BX,5,,,10,,
mine,K-1,segment:gold,category:fix,DISC_LADDER,10+5+2,,,,,,2026-12-31,,,
,list,all,family:screws,DISC_PCT,-2.5,,,,,2026-01-01,,,,
,list,all,all,FREIGHT,4.9,EUR,,,,,,,,
""",
    "stock": """\
sku,quantity,unit,available_on
SCREW,40.5,C62,
SCREW,500,C62,2029-02-01
""",
    "calendars": """\
calendar,country,region,weekdays,closed_on,cut_off
south,DE,BY,1-5,2026-12-24,14:00
""",
    "terms": """\
subject,contract,field,value,valid_from,valid_to
account:11,,payment_terms,net 30,,
account:11,C-2026,incoterm_place,Hamburg,2026-01-01,
account:11,C-2026,incoterm,DAP,2026-01-01,
""",
    "tax-rates": """\
tax_class,country,rate,valid_from,valid_to
standard,DE,19,2021-01-01,
standard,DE,16,2020-07-01,2020-12-31
""",
}
