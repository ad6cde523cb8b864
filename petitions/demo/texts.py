"""Words of invented petitions. Every name is plainly made up."""

from random import Random
from typing import NamedTuple

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
MIDDLE = ("Văn", "Thị", "Đức", "Thu", "Minh", "Ngọc")
GIVEN = ("Mẫu", "Thử", "Ví Dụ", "Giả Định", "Minh Họa", "Tạm", "Nháp", "Đặt Thử", "Bịa", "Mẫu Hai")
STREETS = ("ngõ 165 Đường Mẫu", "ngách 20/3 Phố Thử", "tổ 12 Khu Ví Dụ", "số 8 Đường Giả Định", "ngõ 42 Phố Minh Họa")


class Subject(NamedTuple):
    """What a petition is about: code of the field, title and sentences of the text."""

    field: str
    title: str
    sentences: tuple[str, ...]


SUBJECTS = (
    Subject(
        "land",
        "không đồng ý phương án bồi thường, giải phóng mặt bằng tại {street}",
        (
            "Gia đình tôi sử dụng thửa đất này ổn định từ năm 1992 và đã nộp thuế đầy đủ.",
            "Phương án bồi thường tính thiếu 23,5 m² đất ở và không tính công trình phụ.",
            "Tôi đề nghị đo đạc lại và xem xét bố trí tái định cư cho hộ gia đình.",
        ),
    ),
    Subject(
        "land",
        "chậm cấp giấy chứng nhận quyền sử dụng đất cho hộ tại {street}",
        (
            "Hồ sơ đề nghị cấp giấy chứng nhận đã nộp đủ từ tháng 3 nhưng chưa có kết quả.",
            "Bộ phận tiếp nhận nhiều lần yêu cầu bổ sung cùng một loại giấy tờ.",
            "Đề nghị trả lời bằng văn bản về lý do chậm và thời hạn giải quyết.",
        ),
    ),
    Subject(
        "construction-order",
        "công trình xây dựng không phép, lấn chiếm lối đi chung tại {street}",
        (
            "Chủ nhà liền kề xây thêm hai tầng không có giấy phép và đổ vật liệu chắn lối đi.",
            "Tường nhà tôi bị nứt, thấm nước khi trời mưa.",
            "Đã báo cáo tổ dân phố nhưng công trình vẫn tiếp tục thi công vào ban đêm.",
        ),
    ),
    Subject(
        "environment",
        "ô nhiễm tiếng ồn và nước thải của cơ sở kinh doanh tại {street}",
        (
            "Cơ sở hoạt động đến 23 giờ hằng ngày, tiếng ồn ảnh hưởng người già và trẻ nhỏ.",
            "Nước thải chảy thẳng ra cống chung gây mùi hôi.",
            "Các hộ dân đề nghị kiểm tra và xử lý dứt điểm.",
        ),
    ),
    Subject(
        "policy",
        "chưa được hưởng trợ cấp xã hội theo chế độ, hộ tại {street}",
        (
            "Tôi đã đủ điều kiện hưởng trợ cấp hằng tháng nhưng chưa có quyết định.",
            "Hồ sơ đã nộp tại bộ phận một cửa từ tháng trước.",
            "Đề nghị xem xét, trả lời và chi trả phần còn thiếu.",
        ),
    ),
    Subject(
        "officials",
        "thái độ phục vụ và việc chậm trả kết quả thủ tục hành chính",
        (
            "Cán bộ tiếp nhận hẹn trả kết quả ba lần nhưng không đúng hẹn.",
            "Khi hỏi lý do thì không được giải thích rõ ràng.",
            "Đề nghị chấn chỉnh và xin lỗi công dân theo quy định.",
        ),
    ),
    Subject(
        "other",
        "đề nghị lắp đèn chiếu sáng và sửa mặt đường tại {street}",
        (
            "Đoạn đường này không có đèn, buổi tối rất nguy hiểm.",
            "Mặt đường có nhiều ổ gà, đã có người bị ngã.",
            "Bà con tổ dân phố kiến nghị sớm khắc phục.",
        ),
    ),
)

OPENINGS = {
    "complaint": "Đơn khiếu nại: ",
    "recommendation": "Kiến nghị: ",
    "denunciation": "Tố cáo: ",
    "mixed": "Đơn nhiều nội dung: ",
}


def invented_name(random: Random) -> str:
    """A name that plainly belongs to nobody."""
    return f"{random.choice(FAMILY)} {random.choice(MIDDLE)} {random.choice(GIVEN)}"


def invented_text(random: Random, subject: Subject, street: str, name: str) -> str:
    """The text of a letter of 80 to 200 words."""
    sentences = list(subject.sentences)
    random.shuffle(sentences)
    more = random.choice(SUBJECTS).sentences
    return "\n".join(
        (
            "Kính gửi: Ủy ban nhân dân phường.",
            f"Tôi là {name}, trú tại {street}." if name else f"Nội dung liên quan đến khu vực {street}.",
            *sentences,
            random.choice(more),
            "Tôi xin cam đoan nội dung trình bày trên là đúng sự thật và chịu trách nhiệm trước pháp luật.",
        )
    )
