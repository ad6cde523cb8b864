"""Letters for the tests of likeness, each plainly invented."""

WELL = """CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Kính gửi: Ủy ban nhân dân phường
Từ đầu mùa mưa, hộ ông Trần Văn Thử ở số 16 khoan giếng sát chân tường nhà tôi, sâu chừng sáu mươi mét, hút
nước cả ngày để làm đá viên bán cho các quán. Nền bếp nhà tôi lún xuống ba phân, gạch lát phồng rộp, cửa sổ
không đóng được nữa. Tôi đã sang nói chuyện hai lần, ông Thử bảo giếng có phép nhưng không cho xem giấy. Tôi
đề nghị phường đo độ lún và yêu cầu dừng khoan cho đến khi có kết luận. Tôi xin chân thành cảm ơn!"""

MARKET = """Kính gửi: Ủy ban nhân dân phường. Chúng tôi là các hộ bán hàng khô dãy C chợ Bịa. Ngày 2 tháng 9 ban
quản lý dán giấy báo tăng tiền thuê quầy từ một triệu hai lên hai triệu rưỡi mỗi tháng, áp dụng ngay.
Chợ vắng từ khi siêu thị mở đối diện, có hôm cả dãy bán chưa được năm trăm nghìn. Mái tôn dột, nhà vệ
sinh khóa, điện tự kéo, vậy mà thu thêm tiền. Chúng tôi đề nghị giữ giá cũ đến hết năm và cho tiểu
thương cử người tham gia ban quản lý. Trân trọng cảm ơn."""

DITCH = """Mương thoát nước chạy sau trường mầm non khu Nháp Thượng bị bùn lấp gần tới miệng. Mỗi trận mưa hai mươi
phút nước tràn vào lớp học, các cô phải xúc bùn trước khi đón trẻ. Nắp bê tông vỡ năm tấm, dân lấy ván
gỗ đậy tạm, tháng trước một cháu thụt chân trầy hết ống đồng. Bà con xin phường nạo vét trước mùa mưa và
thay nắp mương."""

SUMMARY = """Cán bộ quản lý bến bãi nhận tiền của chủ xe để bỏ qua lỗi chở quá tải vào ban đêm, ghi khống số lượt
kiểm tra trong sổ trực và chia lại cho tổ trưởng vào cuối tuần, kéo dài từ đầu năm đến nay tại khu cảng
Tưởng Tượng."""
