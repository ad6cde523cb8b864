"""Made-up letters of citizens in any number, the same for the same seed, for the bench of letters that come again.

A letter has what real ones have: a head, an address, who writes, sentences that many letters on the same subject share
with names, numbers and days of their own, sentences that nobody else writes, a demand and a closing. One in four has
none of its own sentences: two of these differ in names, numbers and days alone.
"""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from core.text import nfc

_ONSETS = "b c ch d đ g gi h k kh l m n nh ng ph qu r s t th tr v x".split()
_RIMES = "a an ang anh ao âm ân âu ăn ăng e en êu ê i in inh iên iêu o oan ong ô ôi ông ơ u un ung ưa ươn ương".split()
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
_MIDDLE = ("Văn", "Thị", "Đức", "Thu", "Minh", "Ngọc", "Hữu", "Quang", "Thanh", "Xuân", "Đình", "Mai")
_GIVEN = (
    "Mẫu",
    "Thử",
    "Dụ",
    "Định",
    "Họa",
    "Tạm",
    "Nháp",
    "Đặt",
    "Bịa",
    "Tưởng",
    "Vờ",
    "Giả",
    "Phỏng",
    "Ví",
    "Lệ",
    "Chừng",
)
_STREETS = (
    "Mẫu", "Thử", "Ví Dụ", "Giả Định", "Minh Họa", "Bịa Đặt", "Tưởng Tượng", "Nháp", "Phỏng Chừng", "Tạm Thời",
    "Hư Cấu", "Đặt Tên", "Làm Thử", "Không Thật", "Vẽ Ra", "Ước Lệ", "Mô Phỏng", "Kiểu Mẫu", "Thí Điểm", "Bản Nháp",
)  # fmt: skip

SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bồi thường, giải phóng mặt bằng tại {place}", (
        "Gia đình tôi sử dụng thửa đất số {n1} tờ bản đồ số {n2} ổn định từ năm {year} và đã nộp thuế đầy đủ.",
        "Phương án bồi thường theo quyết định số {no} tính thiếu {area} m² đất ở và không tính công trình phụ.",
        "Ngày {date} tổ công tác đến kiểm đếm nhưng không lập biên bản và không cho gia đình tôi ký.",
        "Đơn giá {money} đồng một mét vuông thấp hơn nhiều so với giá thị trường tại khu vực.",
        "Tôi đề nghị đo đạc lại và xem xét bố trí tái định cư cho hộ gia đình.",
        "Gia đình có {n3} nhân khẩu, không còn chỗ ở nào khác.",
    )),
    ("chậm cấp giấy chứng nhận quyền sử dụng đất tại {place}", (
        "Hồ sơ đề nghị cấp giấy chứng nhận đã nộp ngày {date}, mã hồ sơ {no}, đến nay chưa có kết quả.",
        "Bộ phận tiếp nhận nhiều lần yêu cầu bổ sung cùng một loại giấy tờ.",
        "Thửa đất số {n1} diện tích {area} m² do cha mẹ tôi là ông bà {person} để lại từ năm {year}.",
        "Đề nghị trả lời bằng văn bản về lý do chậm và thời hạn giải quyết.",
        "Tôi đã gặp cán bộ {person} vào ngày {date2} nhưng chỉ được hẹn miệng.",
    )),
    ("công trình xây dựng không phép, lấn chiếm lối đi chung tại {place}", (
        "Hộ ông {person} xây thêm {n3} tầng không có giấy phép và đổ vật liệu chắn lối đi.",
        "Tường nhà tôi bị nứt {n2} chỗ, thấm nước khi trời mưa.",
        "Đã báo cáo tổ dân phố ngày {date} nhưng công trình vẫn tiếp tục thi công vào ban đêm.",
        "Lối đi chung rộng {area} mét đã bị xây bịt gần hết.",
        "Biên bản số {no} đã lập nhưng không ai cưỡng chế.",
        "Đề nghị đình chỉ thi công và buộc khôi phục hiện trạng ban đầu.",
    )),
    ("tiếng ồn và nước thải của cơ sở kinh doanh tại {place}", (
        "Cơ sở của bà {person} hoạt động đến {n3} giờ đêm hằng ngày, tiếng ồn ảnh hưởng người già và trẻ nhỏ.",
        "Nước thải chảy thẳng ra cống chung gây mùi hôi.",
        "Từ ngày {date} đến nay các hộ đã {n2} lần phản ánh qua điện thoại.",
        "Các hộ dân đề nghị kiểm tra và xử lý dứt điểm.",
        "Kết quả đo ngày {date2} ghi {n1} đề xi ben, vượt mức cho phép.",
    )),
    ("trợ cấp xã hội hằng tháng, hộ tại {place}", (
        "Tôi đã đủ điều kiện hưởng trợ cấp hằng tháng từ ngày {date} nhưng chưa có quyết định.",
        "Hồ sơ số {no} đã nộp tại bộ phận một cửa từ tháng trước.",
        "Số tiền còn thiếu là {money} đồng của {n3} tháng.",
        "Đề nghị xem xét, trả lời và chi trả phần còn thiếu.",
        "Mẹ tôi là bà {person}, năm nay {n1} tuổi, không có lương hưu.",
    )),
    ("đèn chiếu sáng và mặt đường hỏng tại {place}", (
        "Đoạn đường dài {area} mét này không có đèn, buổi tối rất nguy hiểm.",
        "Mặt đường có {n2} ổ gà lớn, ngày {date} đã có người bị ngã.",
        "Bà con tổ dân phố số {n1} kiến nghị sớm khắc phục.",
        "Tổ trưởng là ông {person} đã báo phường {n3} lần.",
        "Cống thoát nước bị tắc, mưa là ngập đến đầu gối.",
    )),
    ("thu phí trông giữ xe và phí dịch vụ chung cư tại {place}", (
        "Ban quản lý tòa nhà thu {money} đồng một tháng nhưng không có hóa đơn.",
        "Từ ngày {date} thang máy số {n3} hỏng mà không sửa.",
        "Cư dân {n1} căn hộ đã ký đơn gửi trưởng ban là ông {person}.",
        "Quỹ bảo trì {money2} đồng chưa được bàn giao.",
        "Đề nghị tổ chức hội nghị nhà chung cư và công khai thu chi.",
    )),
    ("tranh chấp ranh giới đất với hộ liền kề tại {place}", (
        "Hộ ông {person} đã dời cọc mốc sang đất nhà tôi {area} mét.",
        "Ranh giới đúng theo bản đồ năm {year} là bờ tường cũ.",
        "Buổi hòa giải ngày {date} không thành vì bên kia bỏ về.",
        "Cán bộ địa chính đo thửa số {n1} nhưng không thông báo cho hai bên.",
        "Đề nghị phường tổ chức hòa giải lại và xác định mốc giới.",
    )),
    ("rác thải và chợ cóc lấn chiếm vỉa hè tại {place}", (
        "Có khoảng {n1} hộ bán hàng chiếm vỉa hè từ {n3} giờ sáng.",
        "Rác đổ thành đống trước cổng trường, {n2} ngày mới thu một lần.",
        "Ngày {date} lực lượng trật tự đi qua nhưng không nhắc nhở.",
        "Người bán hàng tên {person} còn chửi bới dân khi được góp ý.",
        "Đề nghị giải tỏa và bố trí điểm tập kết rác khác.",
    )),
    ("tuyển sinh và các khoản thu của trường tại {place}", (
        "Con tôi là cháu {person}, sinh năm {year}, có hộ khẩu đúng tuyến nhưng không được nhận.",
        "Nhà trường thu {money} đồng tiền xã hội hóa mà không họp phụ huynh.",
        "Danh sách công bố ngày {date} thiếu {n2} cháu của tổ dân phố.",
        "Hiệu trưởng hẹn trả lời trước ngày {date2} nhưng không trả lời.",
        "Đề nghị xem lại việc phân tuyến và hoàn trả khoản thu sai.",
    )),
    ("chó thả rông và nuôi gia cầm trong khu dân cư tại {place}", (
        "Nhà ông {person} nuôi {n2} con chó không rọ mõm, không tiêm phòng.",
        "Ngày {date} cháu bé nhà bên đã bị cắn phải tiêm {n3} mũi.",
        "Chuồng gà sát tường nhà tôi {area} mét, mùi rất hôi.",
        "Đã nhắc nhở nhiều lần nhưng chủ nuôi không thay đổi.",
        "Đề nghị phường kiểm tra và xử phạt theo quy định.",
    )),
    ("cưỡng chế, thu hồi ki ốt kinh doanh tại {place}", (
        "Tôi thuê ki ốt số {n1} theo hợp đồng số {no} ký ngày {date}.",
        "Ban quản lý chợ chấm dứt hợp đồng trước hạn {n3} năm mà không bồi thường.",
        "Tôi đã đầu tư {money} đồng sửa chữa, có hóa đơn.",
        "Thông báo do ông {person} ký không ghi căn cứ.",
        "Đề nghị hủy thông báo và cho tiếp tục kinh doanh.",
    )),
)  # fmt: skip

_DEMANDS = (
    "Đề nghị cơ quan có thẩm quyền xem xét, giải quyết theo quy định của pháp luật.",
    "Kính mong lãnh đạo phường quan tâm giải quyết sớm để gia đình tôi ổn định cuộc sống.",
    "Rất mong được trả lời bằng văn bản.",
)
_CLOSINGS = (
    (
        "Tôi xin cam đoan nội dung trình bày trên là đúng sự thật và chịu trách nhiệm trước pháp luật.\n"
        "Tôi xin chân thành cảm ơn!"
    ),
    "Tôi xin chân thành cảm ơn.\nNgười làm đơn\n(Ký và ghi rõ họ tên)",
)
_HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\n"


class Sender(NamedTuple):
    """Who writes."""

    name: str
    phone: str
    identity: str
    address: str


class Letter(NamedTuple):
    """One letter: ``sentences`` are its body between the opening and the closing."""

    number: int
    sender: Sender
    title: str
    opening: str
    sentences: tuple[str, ...]
    closing: str

    @property
    def body(self) -> str:
        """The whole text as it stands on paper."""
        return f"{self.opening}\n{' '.join(self.sentences)}\n{self.closing}"


class Writer:
    """Writes letters; the dice of a letter depend on its number alone, so any letter can be written again."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - made-up text
        self._seed = seed
        syllables = [nfc(onset + rime[0] + tone + rime[1:]) for onset in _ONSETS for rime in _RIMES for tone in _TONES]
        dice.shuffle(syllables)
        self._words = [" ".join(dice.choices(syllables[:4000], k=2)) for _ in range(25_000)]
        self._up_to = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))

    def letters(self, count: int) -> Iterator[Letter]:
        """Letters 1 to ``count``."""
        return (self.letter(number) for number in range(1, count + 1))

    def letter(self, number: int, *, subject: int | None = None, sender: Sender | None = None) -> Letter:
        """The letter of that number; on another ``subject`` or from another ``sender`` if so wanted."""
        dice = random.Random(f"{self._seed} {number}")  # noqa: S311 - made-up text
        who = self.sender(dice)
        topic, sentences = SUBJECTS[dice.randrange(len(SUBJECTS))]
        if subject is not None:
            topic, sentences = SUBJECTS[subject]
        who = sender or who
        chosen = dice.sample(sentences, dice.randint(3, len(sentences)))
        own = [self.own_sentence(dice) for _ in range(dice.choice((0, 1, 2, 4)))]
        text = [self.filled(sentence, dice) for sentence in chosen] + own
        dice.shuffle(text)
        text.append(dice.choice(_DEMANDS))
        title = (
            f"{dice.choice(('Khiếu nại', 'Phản ánh', 'Kiến nghị', 'Đề nghị giải quyết'))} về {self.filled(topic, dice)}"
        )
        return Letter(number, who, title, self.opening(dice, who), tuple(text), dice.choice(_CLOSINGS))

    def subject_of(self, number: int) -> int:
        """Which of ``SUBJECTS`` the letter of that number is about."""
        dice = random.Random(f"{self._seed} {number}")  # noqa: S311 - made-up text
        self.sender(dice)
        return dice.randrange(len(SUBJECTS))

    def sender(self, dice: random.Random) -> Sender:
        """Somebody who plainly does not exist."""
        name = f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)} {dice.choice(_GIVEN)}"
        return Sender(
            name, f"09{dice.randint(0, 99_999_999):08d}", f"001{dice.randint(0, 999_999_999):09d}", self.place(dice)
        )

    def place(self, dice: random.Random) -> str:
        """A house."""
        alley = dice.choice(("", f"ngõ {dice.randint(1, 300)} ", f"ngõ {dice.randint(1, 300)}/{dice.randint(1, 40)} "))
        return f"số {dice.randint(1, 250)} {alley}{dice.choice(('đường', 'phố'))} {dice.choice(_STREETS)}"

    def opening(self, dice: random.Random, who: Sender) -> str:
        """Head, addressee and who writes."""
        head = _HEAD if dice.random() < 0.6 else ""
        to = dice.choice(("Ủy ban nhân dân phường", "Chủ tịch Ủy ban nhân dân phường", "Ban tiếp công dân thành phố"))
        return (
            f"{head}Kính gửi: {to}\nTôi tên là: {who.name}, sinh năm {dice.randint(1940, 2000)}, căn cước công dân số "
            f"{who.identity}, trú tại {who.address}, số điện thoại {who.phone}."
        )

    def own_sentence(self, dice: random.Random) -> str:
        """A sentence that nobody else writes."""
        words = dice.choices(self._words, cum_weights=self._up_to, k=dice.randint(5, 9))
        return f"{' '.join(words).capitalize()}."

    def filled(self, sentence: str, dice: random.Random) -> str:
        """``sentence`` with names, numbers and days of its own."""
        return sentence.format(
            place=self.place(dice), n1=dice.randint(10, 400), n2=dice.randint(2, 40), n3=dice.randint(2, 23),
            year=dice.randint(1960, 2020), area=f"{dice.randint(2, 300)},{dice.randint(1, 9)}",
            no=f"{dice.randint(1, 9999)}/QĐ-{dice.choice(('UBND', 'TNMT', 'BQL'))}",
            money=f"{dice.randint(100, 99_000)}.000", money2=f"{dice.randint(1, 90)}.{dice.randint(100, 999)}.000.000",
            date=f"{dice.randint(1, 28)}/{dice.randint(1, 12)}/{dice.randint(2022, 2026)}",
            date2=f"{dice.randint(1, 28)}/{dice.randint(1, 12)}/{dice.randint(2022, 2026)}",
            person=f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)}",
        )  # fmt: skip
