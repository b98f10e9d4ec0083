"""Which services there are, what they are called and when they are open."""

from __future__ import annotations

from typing import Any

DAILY = {"rules": [{"hours": ["06:00-22:00"]}]}
SHORT = {"rules": [{"hours": ["05:30-20:30"]}]}
ALWAYS = {"rules": [{"hours": ["00:00-24:00"]}]}
OFFICE = {"rules": [{"days": ["Mo", "Tu", "We", "Th", "Fr"], "hours": ["09:00-12:00", "13:30-17:00"]}]}
SHOP = {"rules": [{"hours": ["08:30-21:00"]}]}
MALL = {"rules": [{"hours": ["10:00-21:30"]}]}

AT: dict[str, tuple[str, dict[str, Any]]] = {  # kind of block → kind of facility and what it offers
    "hospital": ("hospital", {"phone": "000-0000-0120", "hours": ALWAYS, "capacity": 320}),
    "school": ("school", {"capacity": 1080}),
    "kindergarten": ("kindergarten", {"capacity": 240}),
    "college": ("college", {"capacity": 6200}),
    "office": ("government", {"hours": OFFICE, "phone": "000-0000-0001"}),
    "retail": ("mall", {"hours": MALL}),
    "hotel": ("hotel", {"phone": "000-0000-0800"}),
    "parking": ("parking", {"hours": ALWAYS, "capacity": 210}),
    "park": ("park", {"hours": DAILY}),
    "sports": ("sports", {"hours": DAILY}),
    "station": ("station", {"hours": {"rules": [{"hours": ["05:00-23:30"]}]}}),
}
ALONG: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("supermarket", tuple(f"示例超市{at}店" for at in ["桑园", "南园", "石埠", "西塘", "东湖", "稻香"]),
     {"hours": SHOP}),
    ("restaurant", ("渡口面馆", "莲塘小馆", "盐埠酒家", "枕河茶餐厅", "采莲菜馆", "石埠饭店", "南园食府", "听雨楼",
     "北环饺子馆", "西塘人家", "锦帆饭店", "东湖渔家", "文澜小厨", "稻香村饭庄", "鹤鸣饭店", "晴川酒楼",
     "枫林小馆"), {}),
    ("fast-food", ("示例快餐渡口店", "示例快餐东湖店", "示例快餐西塘店", "北外环快餐"), {}),
    ("cafe", ("望江咖啡", "橹声茶馆", "半日闲茶铺", "湖畔咖啡", "滨河茶座"), {"hours": SHOP}),
    ("pharmacy", tuple(f"{at}药房" for at in ["仁里", "南园", "东渡", "桑园", "西塘", "锦帆", "菱塘"]),
     {"hours": SHOP}),
    ("clinic", ("桑园社区卫生站", "盐埠社区卫生站", "渡南社区卫生站"), {"hours": OFFICE}),
    ("bank", tuple(f"示例银行{at}支行" for at in ["云汀", "南园", "东渡", "西塘", "东湖"]), {"hours": OFFICE}),
    ("post", ("渡口邮局", "环城南路邮局"), {"hours": OFFICE}),
    ("police", ("听澜派出所", "东湖派出所"), {"hours": ALWAYS, "phone": "000-0000-0110"}),
    ("fire-station", ("云汀消防站", "南外环消防站"), {"hours": ALWAYS}),
    ("community-centre", ("桑园社区服务中心", "盐埠社区服务中心", "渡南社区服务中心"), {"hours": OFFICE}),
    ("library", ("云汀图书馆",), {"hours": MALL}),
    ("museum", ("渡口往事馆",), {"hours": OFFICE}),
    ("theatre", ("云汀大剧院",), {}),
    ("fuel", ("西塘加油站", "东湖加油站"), {"hours": ALWAYS}),
    ("charging", tuple(f"{at}充电站" for at in ["东渡", "北环", "环城南路", "西塘", "东湖", "南外环"]),
     {"hours": ALWAYS}),
    ("rest-station", tuple(f"{at}爱心驿站" for at in ["望江", "南园", "西塘", "北环", "稻香"]), {"hours": DAILY}),
    ("recycling", tuple(f"{at}回收站" for at in ["桑园", "南园", "东渡", "西塘"]), {"hours": SHOP}),
    ("shop", ("竹器铺", "灯笼铺", "石埠五金", "采莲文具", "南园花店", "听澜书店", "北环便利店", "菱塘便利店",
     "东渡便利店", "西塘便利店", "锦帆便利店", "稻香便利店", "文澜书屋", "鹤鸣五金", "晴川便利店", "枫林花店",
     "橘颂果铺", "秋水便利店"),
     {"hours": SHOP}),
)  # fmt: skip
