"""Owns the hand-written word lists: support words for the vocabulary, and the parts of synthetic tagged sentences."""

SUPPORT_EN = """
warranty guarantee voucher coupon promo discount refund refunds refunded return returns returned exchange exchanged
exchanges shipping shipped shipment delivery delivered deliver courier parcel parcels package packages tracking tracked
invoice invoices receipt receipts vat tax checkout cart basket wishlist login signin signup password username account
subscription subscribe unsubscribe newsletter membership loyalty points gift giftcard card debit credit prepaid paypal
klarna visa mastercard alipay wechat apple google pay transfer iban sepa wire cod deposit balance fee fees charge charged
surcharge customs import duty duties store pickup click collect branch opening hours holiday stock restock backorder
preorder size sizes sizing fit fits colour color material cotton leather wash washing dry clean manual instructions
assembly spare parts repair repairs technician install installation setup reset restart update upgrade downgrade firmware
bluetooth wifi router battery charger charging cable screen cracked broken damaged defective faulty missing wrong leaking
noisy overheating scratched stained torn expired delayed late lost stolen fraud scam unauthorized chargeback dispute verify
verification verified otp pin sms email e-mail phone hotline callback chat bot agent human representative supervisor
manager complaint complain compensation reimbursement reimburse cancel cancelled canceled cancellation modify amend
reschedule booking reservation appointment check-in check-out baggage luggage boarding seat itinerary room breakfast wifi
parking pet pets shuttle deposit invoice quote estimate plan plans tier pricing trial free enterprise api key keys webhook
integration export import backup restore invite seat seats workspace admin role roles permission permissions sso billing
renew renewal autorenew prorated limit quota outage downtime status maintenance privacy gdpr cookies delete erase data
policy terms eligibility eligible student teacher military bulk wholesale b2b corporate partner affiliate franchise career
jobs vacancy sustainability recycle recycled vegan gluten allergen nutrition organic halal kosher prescription pharmacy
insurance claim claims policyholder premium deductible coverage topup top-up atm cash withdrawal statement overdraft loan
mortgage interest rate currency conversion beneficiary payee passcode identity kyc passport visa licence license expiry
course courses lesson tuition enroll enrolment certificate exam assignment transcript refundable nonrefundable
asap pls plz thx ty u ur gonna wanna cant wont dont doesnt didnt isnt havent hasnt where's what's how's
""".split()

PRODUCTS_EN = """
phone|laptop|headphones|wireless earbuds|blender|coffee machine|vacuum cleaner|running shoes|winter jacket|office chair|
standing desk|bed frame|mattress|sofa|table lamp|smart watch|tablet|keyboard|gaming mouse|monitor|printer|ink cartridge|
router|power bank|usb cable|phone case|screen protector|backpack|suitcase|sunglasses|dress|jeans|t-shirt|hoodie|sneakers|
boots|handbag|wallet|ring|necklace|perfume|face cream|shampoo|hair dryer|electric toothbrush|razor|washing machine|fridge|
dishwasher|oven|microwave|kettle|toaster|air fryer|rice cooker|knife set|frying pan|bike|helmet|tent|sleeping bag|yoga mat|
dumbbells|stroller|car seat|baby monitor|toy train|board game|drone|camera|tripod|speaker|tv|projector|game console|
controller|e-reader|garden hose|lawn mower|drill|paint|curtains|rug|pillow|duvet|dog food|cat litter|aquarium|bluetooth speaker
""".replace("\n", "").split("|")

ISSUES_EN = """
won't turn on|does not turn on|keeps restarting|is broken|arrived broken|is cracked|has a cracked screen|won't charge|
does not charge|stopped working|makes a loud noise|is leaking|overheats|gets too hot|is scratched|has a scratch|is the wrong size|
is too small|is too big|is the wrong colour|is missing parts|has a missing screw|is stained|smells bad|is torn|fell apart|
won't connect to wifi|doesn't connect|keeps disconnecting|has no sound|freezes|shows an error|is stuck on the logo|
drains the battery|is defective|is damaged|does not fit|won't open|is dented|expired|blinks red
""".replace("\n", "").split("|")

PRODUCTS_ZH = """
手机|笔记本电脑|耳机|蓝牙耳机|榨汁机|咖啡机|吸尘器|扫地机器人|跑鞋|羽绒服|办公椅|升降桌|床垫|沙发|台灯|智能手表|平板|键盘|鼠标|显示器|打印机|墨盒|
路由器|充电宝|数据线|手机壳|钢化膜|双肩包|行李箱|墨镜|连衣裙|牛仔裤|T恤|卫衣|运动鞋|靴子|手提包|钱包|戒指|项链|香水|面霜|洗发水|吹风机|电动牙刷|
剃须刀|洗衣机|冰箱|洗碗机|烤箱|微波炉|热水壶|空气炸锅|电饭煲|刀具|平底锅|自行车|头盔|帐篷|睡袋|瑜伽垫|哑铃|婴儿车|安全座椅|玩具|无人机|相机|
三脚架|音箱|电视|投影仪|游戏机|手柄|电子书|割草机|电钻|窗帘|地毯|枕头|被子|狗粮|猫砂|鱼缸|面膜|口红|奶粉|纸尿裤|保温杯|雨伞|口罩|月饼|茶叶
""".replace("\n", "").split("|")

ISSUES_ZH = """
开不了机|打不开|一直重启|坏了|收到就是坏的|屏幕裂了|碎屏了|充不进电|充不了电|不能用了|噪音很大|漏水|发烫|有划痕|尺码不对|太小了|太大了|颜色发错了|少了配件|
缺螺丝|有污渍|有异味|破了|散架了|连不上网|连不上蓝牙|老是断开|没有声音|死机|闪退|卡在开机画面|掉电快|有质量问题|变形了|装不上|过期了|红灯一直闪|掉色|起球
""".replace("\n", "").split("|")

COMPANIES_EN = """
acme|northwind|contoso|globex|initech|umbrella logistics|blue harbor|green leaf|ups|fedex|dhl|royal mail|amazon|apple|
samsung|sony|nike|adidas|ikea|paypal|visa|microsoft|spotify|netflix|uber|airbnb|bright foods ltd|delta tools inc|hermes|gls
""".replace("\n", "").split("|")

COMPANIES_ZH = """
顺丰|中通|圆通|申通|韵达|京东|淘宝|天猫|拼多多|华为|小米|美团|饿了么|支付宝|微信支付|邮政|格力|海尔|联想|苏宁|蓝海科技|青禾贸易|星河网络公司|极兔|菜鸟|唯品会|抖音|小红书
""".replace("\n", "").split("|")

GIVEN_EN = """
james mary john linda robert susan michael karen david lisa sarah thomas nancy daniel emma oliver sophia liam mia noah ava
lucas chloe ethan grace priya arjun mei hiro yuki ahmed fatima carlos lucia ivan olga pierre marie hans greta kofi amina
peter anna paul julia mark laura kevin rachel brian megan tom kate ben amy alex sam jordan taylor
""".split()

FAMILY_EN = """
smith johnson williams brown jones garcia miller davis martinez lopez wilson anderson taylor moore jackson martin lee
thompson white harris clark lewis walker hall young king wright scott green baker adams nelson hill campbell mitchell
patel khan singh kim nguyen tanaka sato rossi muller schmidt novak kowalski ivanov dubois silva santos okafor mensah
""".split()

STREETS_EN = """
main street|oak avenue|elm street|maple road|park lane|high street|church road|station road|king street|mill lane|
5th avenue|lincoln blvd|sunset drive|river road|hill crest|cedar court|lake view|victoria street|queen's road|garden way
""".replace("\n", "").split("|")

CITIES_EN = """
london|manchester|new york|boston|chicago|seattle|austin|denver|toronto|vancouver|sydney|melbourne|dublin|berlin|munich|
paris|lyon|madrid|barcelona|rome|milan|amsterdam|vienna|zurich|prague|warsaw|stockholm|oslo|singapore|hong kong|tokyo|
beijing|shanghai|mumbai|delhi|dubai|cape town|lagos|sao paulo|mexico city|germany|france|spain|italy|canada|australia|japan
""".replace("\n", "").split("|")

FAMILY_ZH = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN_ZH = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华玲飞红梅鑫波斌宇浩凯健俊帆雪莹婷欣怡子涵梓轩一诺雨晨思远佳琪若曦嘉文博天宇晓东建国志强春燕海龙"
ROADS_ZH = "人民路|解放路|中山路|建设路|文化路|和平路|新华路|长江路|黄河路|北京路|南京路|幸福街|学院路|科技大道|滨河路|迎宾大道|青年路|东风路|朝阳街|光明巷".split("|")
ESTATES_ZH = "阳光花园|锦绣华庭|万科城|碧桂园|绿地新城|金域蓝湾|翠竹苑|御景湾|东方名都|和谐家园|世纪城|紫薇公寓".split("|")
