"""Words of the relevance bench: matters of petitions, streets, names, shops, short forms. All people are made up."""

from typing import NamedTuple


class Matter(NamedTuple):
    """What a petition is about: how its title says it, and sentences that its text may have.

    ``{project}``, ``{shop}``, ``{thing}``, ``{neighbour}`` and ``{plot}`` are filled in.
    """

    field: str
    title: str
    sentences: tuple[str, ...]


def _m(field: str, title: str, *sentences: str) -> Matter:
    return Matter(field, title, sentences)


MATTERS = (
    _m("land", "lấn chiếm lối đi chung", "Hộ liền kề xây bờ tường lấn chiếm lối đi chung rộng hai mét.",
       "Trước đây các hộ đã thỏa thuận để lối đi cho xe ba bánh.", "Nay ông {neighbour} rào lại bằng tôn."),
    _m("land", "tranh chấp ranh giới thửa đất", "Ranh giới thửa đất số {plot} chưa được đo đạc lại.",
       "Hàng cây làm mốc giới đã bị chặt bỏ.", "Tôi đề nghị cán bộ địa chính xuống hiện trường."),
    _m("land", "chậm cấp giấy chứng nhận quyền sử dụng đất", "Hồ sơ cấp giấy chứng nhận quyền sử dụng đất nộp đã lâu.",
       "Văn phòng đăng ký đất đai yêu cầu bổ sung nhiều lần.", "Thửa đất số {plot} không có tranh chấp."),
    _m("land", "thu hồi đất nông nghiệp", "Gia đình tôi bị thu hồi đất nông nghiệp để làm {project}.",
       "Quyết định thu hồi không ghi rõ diện tích.", "Cả nhà chỉ trông vào ruộng lúa này."),
    _m("land", "sang tên thừa kế nhà đất", "Cha mẹ tôi mất không để lại di chúc.",
       "Anh em trong nhà không thống nhất việc chia thừa kế.", "Em trai tôi tự ý bán đất cho người khác."),
    _m("land", "chuyển mục đích sử dụng đất vườn", "Tôi xin chuyển mục đích sử dụng đất vườn sang đất ở.",
       "Thửa đất số {plot} phù hợp quy hoạch.", "Tiền sử dụng đất tính quá cao."),
    _m("clearance", "giá bồi thường giải phóng mặt bằng",
       "Phương án giải phóng mặt bằng của {project} áp giá quá thấp.",
       "Giá bồi thường thấp hơn giá thị trường ba lần.", "Cây trồng và {thing} chưa được kiểm đếm."),
    _m("clearance", "bố trí tái định cư", "Gia đình tôi chưa được bố trí tái định cư của {project}.",
       "Lô đất tái định cư không có đường vào.", "Sáu nhân khẩu đang ở nhờ nhà bà con."),
    _m("clearance", "tiền hỗ trợ ổn định đời sống", "Tiền hỗ trợ ổn định đời sống của {project} chưa chi trả.",
       "Danh sách niêm yết thiếu tên gia đình tôi.", "Ban quản lý dự án hẹn nhiều lần."),
    _m("clearance", "nứt nhà do thi công", "Nhà tôi bị nứt tường do thi công {project}.",
       "Máy lu rung suốt ngày đêm.", "Đơn vị thi công hứa sửa chữa nhưng không làm."),
    _m("noise", "tiếng ồn karaoke", "{shop} mở karaoke loa kẹo kéo đến quá nửa đêm.",
       "Tiếng ồn làm người già và trẻ nhỏ mất ngủ.", "Tổ dân phố đã nhắc nhở nhiều lần."),
    _m("noise", "xưởng cơ khí gây ồn", "{shop} dùng {thing} từ sáng sớm.",
       "Tiếng ồn vượt quy chuẩn và bụi sắt bay vào nhà.", "Xưởng nằm giữa khu dân cư."),
    _m("noise", "quán nhậu lấn vỉa hè", "{shop} bày bàn ghế lấn vỉa hè.",
       "Khách để xe tràn xuống lòng đường.", "Người đi bộ phải xuống đường rất nguy hiểm."),
    _m("noise", "họp chợ tự phát", "Mỗi sáng có hơn chục người bán hàng tràn ra lòng đường.",
       "Rác rau quả vứt bừa bãi.", "Trật tự đô thị đến thì dẹp, đi thì đâu lại vào đó."),
    _m("drainage", "ngập úng sau mưa", "Cứ mưa lớn là ngập úng đến đầu gối.",
       "Cống thoát nước đã tắc từ lâu.", "Nước bẩn tràn vào nhà cuốn theo {thing}."),
    _m("drainage", "cống thoát nước bị tắc", "Cống thoát nước bị tắc do {shop} đổ bê tông thừa.",
       "Mùi hôi bốc lên rất khó chịu.", "Công ty thoát nước chưa nạo vét."),
    _m("drainage", "nắp hố ga bị mất", "Nắp hố ga bị mất đã hai tháng.",
       "Một cháu nhỏ đã ngã xuống hố.", "Người dân phải cắm {thing} để cảnh báo."),
    _m("drainage", "nước thải chăn nuôi", "Hộ ông {neighbour} xả nước thải chăn nuôi ra mương.",
       "Giếng khoan của cả xóm có mùi lạ.", "Cá trong ao chết nổi trắng."),
    _m("environment", "đốt rác gây khói", "{shop} đốt rác gây khói đen mỗi chiều.",
       "Khói bay vào trường mầm non.", "Vệ sinh môi trường khu vực rất kém."),
    _m("environment", "bãi rác tự phát", "Bãi rác tự phát cạnh nhà văn hóa ngày càng lớn.",
       "Ruồi muỗi sinh sôi.", "Đề nghị đặt thêm thùng rác."),
    _m("environment", "bụi từ xe chở đất", "Xe chở đất của {project} không che bạt.",
       "Bụi phủ trắng nhà cửa.", "Xe chạy quá tốc độ qua cổng trường."),
    _m("environment", "chặt cây xanh", "Hàng cây xanh trước cửa bị chặt không rõ lý do.",
       "Cây sấu đã trồng hơn ba mươi năm.", "Tôi muốn biết ai cho phép."),
    _m("construction", "xây dựng không phép", "Ông {neighbour} xây dựng không phép nhà bốn tầng.",
       "Không có giấy phép xây dựng treo tại công trình.", "Tường nhà tôi bị thấm."),
    _m("construction", "xây dựng sai phép", "Công trình của {shop} xây vượt hai tầng so với giấy phép xây dựng.",
       "Thanh tra xây dựng đã lập biên bản.", "Đến nay chưa cưỡng chế."),
    _m("construction", "mở cửa sổ sang nhà bên", "Nhà bên mở cửa sổ nhìn thẳng sang phòng ngủ nhà tôi.",
       "Mái tôn thoát nước sang sân nhà tôi.", "Trật tự xây dựng chưa giải quyết."),
    _m("construction", "tháo dỡ nhà cấp bốn", "Gia đình bị yêu cầu tháo dỡ nhà cấp bốn trên đất vườn.",
       "Nhà làm từ năm 1992, trước khi có quy hoạch.", "Biên bản vi phạm ghi sai tên chủ hộ."),
    _m("policy", "trợ cấp người cao tuổi", "Mẹ tôi tám mươi hai tuổi chưa được nhận trợ cấp người cao tuổi.",
       "Hồ sơ đã nộp tại bộ phận một cửa.", "Cán bộ nói phải chờ kinh phí."),
    _m("policy", "bảo hiểm y tế cho hộ cận nghèo", "Thẻ bảo hiểm y tế của gia đình ghi sai ngày sinh.",
       "Gia đình thuộc hộ cận nghèo.", "Đi khám bệnh phải tự trả tiền."),
    _m("policy", "chế độ người có công", "Bố tôi là thương binh nhưng chưa được hưởng đủ chế độ người có công.",
       "Giấy tờ gốc bị thất lạc trong lũ.", "Đồng đội cũ xác nhận bằng văn bản."),
    _m("policy", "xét hộ nghèo", "Tổ dân phố bình xét hộ nghèo không công khai.",
       "Nhà có {thing} vẫn được xét.", "Gia đình tôi hai người tàn tật lại bị loại."),
    _m("policy", "hỗ trợ thiệt hại bão lũ", "Nhà tôi tốc mái trong cơn bão vừa rồi.",
       "Danh sách hỗ trợ thiệt hại không có gia đình tôi.", "Mặt trận tổ quốc nói đã hết tiền."),
    _m("papers", "đăng ký thường trú", "Tôi xin đăng ký thường trú theo vợ.",
       "Chủ nhà trọ không ký giấy.", "Căn cước công dân của tôi sắp hết hạn."),
    _m("papers", "cải chính giấy khai sinh", "Giấy khai sinh của con tôi ghi sai tên đệm.",
       "Thủ tục hành chính kéo dài ba tháng.", "Con tôi không nhập học được."),
    _m("papers", "thái độ tiếp dân ở bộ phận một cửa", "Tôi phải chờ cả buổi mà không ai gọi số.",
       "Cán bộ tiếp dân trả lời cộc lốc.", "Hướng dẫn giấy tờ mỗi lần một khác."),
    _m("order", "chó thả rông cắn người", "Chó nhà ông {neighbour} thả rông không rọ mõm.",
       "Con tôi bị cắn phải tiêm phòng.", "An ninh trật tự trong ngõ không ai lo."),
    _m("order", "phòng cháy chữa cháy nhà trọ", "Dãy nhà trọ của {shop} không có lối thoát hiểm.",
       "Phòng cháy chữa cháy chưa được kiểm tra.", "Bình ga để ngay cầu thang."),
    _m("order", "đường điện trùng võng", "Dây điện trùng võng sát mái nhà.",
       "Cột điện nghiêng sau bão.", "Điện lực hẹn nhưng chưa sửa."),
    _m("order", "ngõ không có đèn chiếu sáng", "Ngõ không có đèn chiếu sáng nên hay bị cướp giật.",
       "Bóng đèn cháy từ tháng trước.", "Học sinh đi học thêm về rất sợ."),
    _m("school", "học phí thu thêm ngoài quy định", "Trường thu quỹ lớp và tiền {thing} không có trong quy định.",
       "Phụ huynh không được họp bàn.", "Bạn học của con tôi cũng phản ánh."),
    _m("water", "mất nước sinh hoạt", "Cả xóm mất nước sinh hoạt gần hai tuần.",
       "Giá mua nước xe bồn rất đắt.", "Đồng hồ nước quay cả khi không dùng."),
)  # fmt: skip

CHATTER = (
    "Gia đình tôi sinh sống tại đây đã ba đời.",
    "Tôi đã phản ánh bằng miệng nhiều lần nhưng chưa được giải quyết.",
    "Vợ chồng tôi đều là công nhân, đi làm cả ngày.",
    "Nhà hàng xóm cũng bức xúc như tôi.",
    "Hôm họp tổ, mọi người đã nêu ý kiến nhưng không có kết luận.",
    "Tôi có ảnh chụp và đoạn phim gửi kèm theo đơn.",
    "Cháu tôi học lớp ba phải nghỉ học hai hôm.",
    "Bạn tôi ở phường bên cũng gặp việc như vậy.",
    "Có người đến hỏi mua nhà nhưng tôi không bán.",
    "Cái bàn thờ tổ tiên cũng bị ảnh hưởng.",
    "Bác trưởng ngõ đã ghi vào sổ.",
    "Mấy quả mận, quả na trong vườn rụng hết.",
    "Hôm đó trời mưa, nước lên rất nhanh.",
    "Tiếng gà gáy, tiếng xe cộ cả ngày.",
    "Tôi tuổi cao, sức yếu, đi lại khó khăn.",
    "Sự việc kéo dài từ dịp Tết đến nay.",
    "Lần trước đoàn kiểm tra đến nhưng không lập biên bản.",
    "Trong xóm có người bảo nên hòa giải.",
)

HEADS = (
    "Kính gửi Ủy ban nhân dân phường.",
    "Kính gửi đồng chí Chủ tịch Ủy ban nhân dân phường.",
    "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập, tự do, hạnh phúc.",
    "Kính gửi Ban tiếp công dân và Hội đồng nhân dân phường.",
)
TAILS = (
    "Đề nghị Ủy ban nhân dân phường xem xét, giải quyết theo quy định của pháp luật.",
    "Kính mong quý cơ quan sớm trả lời bằng văn bản. Tôi xin chân thành cảm ơn.",
    "Tôi cam đoan nội dung trình bày trên là đúng sự thật và chịu trách nhiệm trước pháp luật.",
    "Rất mong được hỗ trợ kịp thời.",
)

# First and second words of streets, alleys, projects: some differ in their marks alone.
STREET_FIRST = tuple(
    "Cây Giếng Bến Cầu Đồng Gò Xóm Ao Vườn Chợ Đình Bãi Dốc Hồ Kênh Lò Ngòi Núi Sông Suối Vạn Làng Hòa Thủy Quý Mỹ Lý "
    "Hoàng Bạch Thanh Tân Phú Yên Khánh Đông Tây Nam Bắc Thượng Hạ".split()
)
STREET_SECOND = tuple(
    "Sấu Đề Muối Đá Vôi Gạch Sen Súng Quế Mít Nhãn Vải Tre Trúc Hạnh Phúc Lạc Thái Bình Mai Liễu Ngâu Dâu Lúa Dừa Khế "
    "Thịnh Lộc Hiền Thọ Quang Trung Nghĩa Lý Kỳ Mỹ Quý Thủy Hòa Lụa Đào Bồ Đa".split()
)
FAMILY = tuple("Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trịnh Đinh Mai Tạ".split())
MIDDLE = tuple("Thị Văn Đức Minh Ngọc Hữu Quang Thu Kim Xuân Đình Bá Công Thanh Mạnh Bích Hồng Duy".split())
GIVEN = tuple(
    "Mận Khoát Thơm Lành Tẹo Bưởi Sửu Tuất Nhài Lựu Khuê Toản Nghiêm Chắt Hợi Mùi Đoan Quyền Thịnh Lụa Nhàn Soạn Vinh "
    "Thúy Hòa Quý Tý Loan Hạnh Cúc Đào Tuyết Bảy Chín Tám Út Khang Phúc Tín Lễ Nghĩa Trí Dũng Hùng Cường Oanh Yến Én "
    "Phượng Hạc Sáo Sơn Hải Giang Khê Duyên Thảo Trúc Liễu Sen".split()
)
SHOP_KIND = (
    "quán nhậu", "quán cà phê", "xưởng cơ khí", "xưởng mộc", "nhà hàng", "cửa hàng vật liệu", "tiệm sửa xe", "nhà nghỉ",
    "xưởng in", "lò bánh mì", "công ty xây dựng", "trại gà",
)  # fmt: skip
SHOP_NAME = (
    "Ba Khía", "Hoa Sim", "Thành Đạt", "Gió Lộng", "Sao Khuê", "Bốn Mùa", "Thiên Nga", "Lửa Hồng", "Cánh Diều",
    "Tân Tiến", "Đại Phát", "Hương Lúa", "Sông Trăng", "Phố Cũ", "Bảy Sắc", "Minh Châu", "Trống Đồng", "Hải Âu",
    "Đồi Thông", "Thuyền Nan",
)  # fmt: skip
THINGS = (
    "máy cắt sắt", "máy nén khí", "bể nước", "chuồng trâu", "giàn mướp", "ao cá", "mái tôn", "xe ba gác", "máy bơm",
    "giếng khơi", "cành tre", "điều hòa", "máy in", "bếp than tổ ong", "vườn quất", "cột cờ", "hàng rào dâm bụt",
    "ống nhựa", "tủ lạnh", "bè rau muống",
)  # fmt: skip
PROJECT_KIND = (
    "dự án mở rộng đường", "dự án khu đô thị", "dự án cải tạo kênh", "dự án cầu vượt", "dự án trường học",
    "dự án công viên", "dự án nhà ở xã hội", "dự án tuyến đường sắt",
)  # fmt: skip
TYPES = ("Khiếu nại", "Phản ánh", "Kiến nghị", "Đề nghị xem xét")

# What people of the office write short. Whether a system knows one is for it to show.
SHORT = {
    "Ủy ban nhân dân": "UBND",
    "Hội đồng nhân dân": "HĐND",
    "giải phóng mặt bằng": "GPMB",
    "giấy chứng nhận quyền sử dụng đất": "GCNQSDĐ",
    "mục đích sử dụng": "MĐSD",
    "tái định cư": "TĐC",
    "tổ dân phố": "TDP",
    "giấy phép xây dựng": "GPXD",
    "trật tự xây dựng": "TTXD",
    "trật tự đô thị": "TTĐT",
    "vệ sinh môi trường": "VSMT",
    "bảo hiểm y tế": "BHYT",
    "căn cước công dân": "CCCD",
    "thủ tục hành chính": "TTHC",
    "phòng cháy chữa cháy": "PCCC",
    "an ninh trật tự": "ANTT",
    "Mặt trận tổ quốc": "MTTQ",
    "văn phòng đăng ký đất đai": "VPĐKĐĐ",
    "ban quản lý dự án": "BQLDA",
    "nhà văn hóa": "NVH",
    "khu dân cư": "KDC",
    "người có công": "NCC",
}
