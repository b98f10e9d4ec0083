"""The sentences the page's scripts say, in the reader's language; the keys are the scripts' own."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "about": _("透明度与来源"),
    "also_here": _("此处还有"),
    "card_failed": _("未能取得这个地点的资料"),
    "copied": _("已复制"),
    "copy_link": _("复制链接"),
    "from_source": _("来源 {source}"),
    "go_position": _("按回车前往此坐标"),
    "no_data": _("还没有数据"),
    "no_position": _("未能取得位置,可以搜索地址或移动地图"),
    "no_such_place": _("没有这个地点,或您无权查看"),
    "none": _("无"),
    "nothing_found": _("没有找到,请换一个说法"),
    "offline": _("网络已断开,显示的是 {at} 的内容"),
    "opacity": _("透明度"),
    "retry": _("重试"),
    "search_failed": _("搜索暂时不可用,请稍后再试"),
    "server_failed": _("未能连接服务器,地图没有载入"),
    "surveyed": _("{day} 测绘"),
    "tiles_failed": _("部分地图没有载入"),
    "unnamed_source": _("未注明来源"),
    "updated": _("{day} 更新"),
    "zoom_here": _("放大至此"),
    "zoom_in": _("放大到 {zoom} 级可见"),
    "zoom_to_layer": _("缩放到此图层"),
}
